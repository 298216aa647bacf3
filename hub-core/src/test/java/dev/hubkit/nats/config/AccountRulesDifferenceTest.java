package dev.hubkit.nats.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares which exports, imports and mappings of accounts Hub and the real nats-server take. */
@ComparedWithNatsServer
class AccountRulesDifferenceTest {
  private static final List<String> EXPORTS =
      List.of(
          "service: a.*, account_token_position: 2",
          "service: a.b, account_token_position: 2",
          "service: a.*, account_token_position: 1",
          "service: a.*, account_token_position: 3",
          "service: a.>, account_token_position: 2",
          "stream: a.*, account_token_position: 2",
          "stream: a.b, account_token_position: 1",
          "stream: \"a.{{account-hash()}}.*\", account_token_position: 3",
          "stream: \"a.{{account-hash()}}.*\", account_token_position: 2",
          "service: \"a.{{Account-Hash( )}}\"",
          "service: \"a.{{account-hash(1)}}\"",
          "service: \"a.{{account-hash-import()}}\"",
          "stream: \"a.{{account-hash-leaf-remote()}}\"");

  /** What A imports and exports, and what B does. */
  private static final List<List<String>> SHARING =
      List.of(
          List.of("", "{stream: a.*}", "{stream: {account: A, subject: a.*}}", ""),
          List.of("", "{stream: a.*}", "{stream: {account: A, subject: a.*}, prefix: p}", ""),
          List.of("", "{stream: a.*}", "{stream: {account: A, subject: a.*}, prefix: p.*}", ""),
          List.of("", "{stream: a.*.*}", "{stream: {account: A, subject: a.*.*}, to: b.$2.$1}", ""),
          List.of("", "{stream: a.*.*}", "{stream: {account: A, subject: a.*.*}, to: b.*.*}", ""),
          List.of("", "{stream: a.*.*}", "{stream: {account: A, subject: a.*.*}, to: b.*}", ""),
          List.of("", "{stream: a.*}", "{stream: {account: A, subject: a.*}, to: b.$2}", ""),
          List.of("", "{stream: a.>}", "{stream: {account: A, subject: a.>}, to: b}", ""),
          List.of(
              "",
              "{stream: a.>}",
              "{stream: {account: A, subject: a.>}}, {stream: {account: A, subject: a.>}, to: b.>}",
              ""),
          List.of("", "{service: a.*}", "{service: {account: A, subject: a.*}}", ""),
          List.of("", "{service: a.*}", "{service: {account: A, subject: a.*}, to: b.*}", ""),
          List.of("", "{service: a.*}", "{service: {account: A, subject: a.*}, to: b.$1}", ""),
          List.of("", "{service: a.*}", "{service: {account: A, subject: a.*}, to: b}", ""),
          List.of("", "{service: a.*}", "{service: {account: A, subject: a.x}, to: b..c}", ""),
          List.of("", "{service: a.*}", "{service: {account: A, subject: b.*}}", ""),
          // From each other.
          List.of(
              "{service: {account: B, subject: b}}",
              "{service: a}",
              "{service: {account: A, subject: a}}",
              "{service: b}"),
          List.of(
              "{service: {account: B, subject: b}, to: a}",
              "{service: a}",
              "{service: {account: A, subject: a}, to: b}",
              "{service: b}"),
          List.of(
              "{stream: {account: B, subject: b}}",
              "{stream: a}",
              "{stream: {account: A, subject: a}}",
              "{stream: b}"),
          List.of(
              "{stream: {account: B, subject: b}, to: a}",
              "{stream: a}",
              "{stream: {account: A, subject: a}, to: b}",
              "{stream: b}"));

  private static final List<String> MAPPINGS =
      List.of(
          "\"a.{{account-hash()}}\": b",
          "a: \"b.{{account-hash()}}\"",
          "a: \"b.{{account-hash(x)}}\"",
          "a: \"b.{{account-hash-import()}}\"",
          "a.*: \"b.{{left(1,2)}}\"",
          "a.*: \"b.{{right(1,2)}}\"",
          "a.*: \"b.{{right()}}\"",
          "a.*: \"b.{{left(1)}}\"",
          "a.*: \"b.{{left(1,2,3)}}\"",
          "a.*: \"b.{{left(1,x)}}\"",
          "a.*: \"b.{{left(2,1)}}\"",
          "a.*: \"b.{{wildcard(\u0661)}}\"",
          "a.*: \"b.$\u0661\"",
          "a: [{destination: b, weight: \"\u0665\u0660%\"}]",
          "a: [{destination: b, weight: \"50%\"}, {destination: b, weight: 50}]",
          "a.*: \"b.{{wildcard(99999999999999999999)}}\"",
          "a.*: \"b.{{partition(10,1)}}\"",
          "a.*: \"b.{{partition(4294967297,1)}}\"",
          "a.*: \"b.{{nothing(1)}}\"");

  @TempDir Path directory;

  private static String shared(String export) {
    return "accounts { A { exports: [{" + export + "}] } }\n";
  }

  private static String sharing(List<String> parts) {
    return String.format(
        "accounts { A { imports: [%s], exports: [%s] }, B { imports: [%s], exports: [%s] } }",
        parts.toArray());
  }

  private static String mapped(String mapping) {
    return "accounts { A { mappings: {" + mapping + "} } }\n";
  }

  private String ours(Path file) {
    try {
      ConfigFile.read(file.toString(), name -> null);
      return "valid";
    } catch (ConfigException e) {
      return place(String.valueOf(e.getMessage()));
    }
  }

  private static String theirs(Path file) {
    String said = RealNatsServer.test(file, Map.of());
    return said.contains("is valid") ? "valid" : place(said);
  }

  // Of mappings, Hub tells the place of the element. In which of the accounts of a cycle
  // nats-server
  // notices it is chance.
  private static String place(String problem) {
    return problem
        .strip()
        .replaceAll("(?m)^.*?nats\\.conf:\\d+:\\d+: ", "")
        .replaceAll("\"[^\"]*\": import forms a cycle", "import forms a cycle");
  }

  @Test
  void refusesTheSame() throws IOException {
    Map<String, String> theirs = new LinkedHashMap<>();
    Map<String, String> ours = new LinkedHashMap<>();
    Path file = directory.resolve("nats.conf");
    for (String config :
        Stream.of(
                EXPORTS.stream().map(AccountRulesDifferenceTest::shared),
                SHARING.stream().map(AccountRulesDifferenceTest::sharing),
                MAPPINGS.stream().map(AccountRulesDifferenceTest::mapped))
            .flatMap(each -> each)
            .toList()) {
      Files.writeString(file, config);
      theirs.put(config, theirs(file));
      ours.put(config, ours(file));
    }
    assertThat(ours).isEqualTo(theirs);
    assertThat(theirs.values()).contains("valid");
  }
}
