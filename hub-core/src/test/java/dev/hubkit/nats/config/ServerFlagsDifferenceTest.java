package dev.hubkit.nats.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.NatsServerProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Has the real nats-server and ours read command lines that check a file, so that nothing starts:
 * each flag with good, bad and missing values, and flags together. By default a sample; {@code
 * -Dserver.flags=all} reads them all.
 */
@ComparedWithNatsServer
class ServerFlagsDifferenceTest {
  private static final boolean ALL = System.getProperty("server.flags", "").equals("all");
  private static final int SAMPLE = 40;

  private static final List<String> SWITCHES =
      words(
          "debug D V trace VV DV DVV T logtime logtime_utc s syslog no_advertise tls tlsverify js"
              + " jetstream");
  private static final List<String> SWITCH_VALUES =
      words("true false 1 0 T f TRUE False x yes optional");
  private static final List<String> NUMBERS =
      words(
          "port p m http_port ms https_port profile connect_retries max_traced_msg_len"
              + " log_size_limit");
  private static final List<String> NUMBER_VALUES =
      words(
          "0 1 -1 4222 x 1.5 0x10 010 0b11 0o17 08 1_000 1__0 _1 1e3 +5 9223372036854775807"
              + " 9223372036854775808 -9223372036854775809 \u0663");
  private static final List<String> TEXTS =
      words(
          "n name server_name addr a net client_advertise user pass auth P pid ports_file_dir l log"
              + " r remote_syslog routes cluster cluster_listen cluster_advertise cluster_name"
              + " tlscert tlskey tlscacert sd store_dir");
  private static final List<String> TEXT_VALUES =
      List.of(
          "x",
          "",
          "a b",
          "-x",
          ":x",
          "a:b:c",
          "127.0.0.1",
          "127.0.0.1:5",
          "nats://127.0.0.1",
          "nats://127.0.0.1:5",
          "nats://127.0.0.1:-1",
          "nats://127.0.0.1:x",
          "nats://u:p@h:5",
          "nats://u@h:5",
          "nats://[::1]:5",
          "nats://[::1",
          "nats://::1:5",
          "%zz",
          "/a:b");
  private static final List<String> TOGETHER =
      List.of(
          "--routes nats://h:1",
          "--routes nats://h:1 --cluster nats://h:2",
          "--routes nats://h:1 --tls",
          "--cluster nats://h:2 -js",
          "--cluster nats://h:2 -js -n x",
          "--cluster nats://h:2 -js -n x --cluster_name c",
          "--tlscert x --tls=false",
          "--tls=false --tlscert x",
          "--tlsverify --tlsverify=optional",
          "--tlscert x --tlskey y",
          "-D -D=false",
          "-p 5 --port x",
          "--user a --auth t",
          "-zz",
          "---x",
          "-=x",
          "--test_reload missing.conf",
          "-c missing.conf");

  @TempDir Path directory;

  private static List<String> words(String text) {
    return List.of(text.split(" ", -1));
  }

  private static List<List<String>> lines() {
    List<List<String>> lines = new ArrayList<>();
    for (String flag : SWITCHES) {
      lines.add(List.of("-" + flag));
      SWITCH_VALUES.forEach(value -> lines.add(List.of("--" + flag + "=" + value)));
    }
    for (String flag : NUMBERS) {
      NUMBER_VALUES.forEach(value -> lines.add(List.of("-" + flag, value)));
    }
    for (String flag : TEXTS) {
      TEXT_VALUES.forEach(value -> lines.add(List.of("-" + flag, value)));
    }
    if (ALL) {
      List<List<String>> single = List.copyOf(lines);
      Random random = new Random(5);
      for (int i = 0; i < 300; i++) {
        List<String> line = new ArrayList<>();
        for (int j = 0; j < 3; j++) {
          line.addAll(single.get(random.nextInt(single.size())));
        }
        lines.add(line);
      }
    } else {
      int step = lines.size() / SAMPLE;
      lines.removeIf(line -> Math.floorMod(line.hashCode(), step) != 0);
    }
    TOGETHER.forEach(line -> lines.add(words(line)));
    return lines;
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void readsCommandLinesAsTheRealServerDoes() throws Exception {
    Path file = Files.writeString(directory.resolve("server.conf"), "port: 4333\n");
    Map<String, String> theirs = new LinkedHashMap<>();
    Map<String, String> ours = new LinkedHashMap<>();
    for (List<String> line : lines()) {
      List<String> arguments = new ArrayList<>(List.of("-t", "-c", file.toString()));
      arguments.addAll(line);
      theirs.put(line.toString(), theirs(arguments));
      ours.put(line.toString(), ours(arguments));
    }
    assertThat(ours).isEqualTo(theirs);
    assertThat(theirs.values()).anyMatch(answer -> answer.contains(" is valid "));
  }

  private String theirs(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(NatsServerProgram.any().path().toString()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said.lines().findFirst().orElse("");
  }

  private static String ours(List<String> arguments) {
    try {
      ServerFlags flags = ServerFlags.parse(arguments);
      String valid = ConfigFile.test(flags.text("c"), System::getenv, flags.readOptions());
      ConfigFile.validateOptions(flags.config());
      String other = flags.text("test_reload");
      if (!other.isEmpty()) {
        flags.config(other);
      }
      return "0 nats-server: " + valid;
    } catch (ServerFlags.FlagException e) {
      return "0 " + e.getMessage();
    } catch (ConfigException | ServerFlags.ConfigFlagException e) {
      return "1 nats-server: " + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
  }
}
