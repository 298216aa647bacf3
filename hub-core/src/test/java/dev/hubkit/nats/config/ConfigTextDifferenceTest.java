package dev.hubkit.nats.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Has the real nats-server and ours read random texts in the form of configuration files: valid
 * ones, whose digests are compared, and broken ones. {@code -Dconfig.texts=5000} reads that many,
 * {@code -Dconfig.texts.seed=N} others.
 */
@ComparedWithNatsServer
class ConfigTextDifferenceTest {
  private static final int TEXTS = Integer.getInteger("config.texts", 20);
  private static final long SEED = Long.getLong("config.texts.seed", 1);

  private static final Map<String, String> ENVIRONMENT =
      Map.ofEntries(
          Map.entry("NUMBER", "64k"),
          Map.entry("LOOP", "$LOOP"),
          Map.entry("ONE", "$TWO"),
          Map.entry("TWO", "$ONE"),
          Map.entry("BROKEN", "["),
          Map.entry("LIST", "{a: [1, x]}"),
          Map.entry("EMPTY", ""),
          Map.entry("WORDS", "hello world"),
          Map.entry("LINES", "1\nx: 2"),
          Map.entry("QUOTED", "'q'"),
          Map.entry("REMARK", "# x"));

  private static final List<String> NAMES =
      List.of(
          "a",
          "a",
          "b",
          "c",
          "d",
          "key",
          "K",
          "A",
          "$x",
          "'q k'",
          "\"dq\"",
          "é",
          "a.b",
          "a/b",
          "1",
          "5k",
          "true",
          "/s",
          "#h",
          "()",
          "x'y",
          "\"\"",
          "in clude",
          "a\\b",
          "٣",
          "\u00a0k",
          "$");

  private static final List<String> SCALARS =
      List.of(
          "1",
          "0",
          "-1",
          "-0",
          "007",
          "1k",
          "1K",
          "1kb",
          "1Ki",
          "1KiB",
          "2MB",
          "3gib",
          "4t",
          "6e",
          "7eb",
          "8EB",
          "10e",
          "1ib",
          "1kbb",
          "1k5",
          "5e7bcd",
          "1.5",
          "-1.5",
          "1.5k",
          "1.5.5",
          "1.",
          "1.x",
          ".5",
          "-.5",
          "-",
          "--5",
          "1-2",
          "2016-05-04T18:53:41Z",
          "2016-13-04T18:53:41Z",
          "2016-05-04T18:53:41+01:00",
          "true",
          "TRUE",
          "on",
          "off",
          "yes",
          "No",
          "null",
          "abc",
          "a b",
          "a'b",
          "\"a\\tb\"",
          "\"a\\x41\"",
          "\"a\\xzz\"",
          "\"\\xff\"",
          "'a\\tb'",
          "\"a\nb\"",
          "\"unclosed",
          "'unclosed",
          "a\\x41b",
          "\\",
          "$a",
          "$b",
          "$NUMBER",
          "$LOOP",
          "$ONE",
          "$EMPTY",
          "$BROKEN",
          "$LIST",
          "$MISSING",
          "$WORDS",
          "$LINES",
          "$QUOTED",
          "$REMARK",
          "$2a$11$UP3xizk94sWF9SHF/wkklO",
          "$2b$11$x",
          "\"$a\"",
          "$a.b",
          "$A",
          "$",
          "$$a",
          "(\nblock\n)",
          "(\nblock\n)\n",
          "( x )",
          "127.0.0.1:4222",
          "10.0.0.0/8",
          "[::1]:4222",
          "::1",
          "nats://a:b@c:1",
          "a#b",
          "a//b",
          "//",
          "ß€😀",
          "\ufeff",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775809",
          "9223372036854775807k",
          "1e400",
          "٣",
          "1٣",
          "1.٣",
          "1\u00a0",
          "a\u0000b",
          "'\u0000'");

  private static final List<String> INCLUDES =
      List.of(
          "include part.conf",
          "include 'part.conf'",
          "include \"part.conf\"",
          "include part.conf;",
          "include: part.conf",
          "include missing.conf",
          "include bad.conf",
          "include empty.conf",
          "include sub/inner.conf",
          "include /part.conf",
          "include sub/outer.conf",
          "include 5",
          "include [a]",
          "INCLUDE part.conf",
          "include part.conf # c",
          "include 'part.conf",
          "include part.conf}",
          "include $a",
          "include ''",
          "include sub");

  private static final List<String> SEPARATORS =
      List.of(": ", ":", " ", "=", " = ", ":\n", "\n", "");
  private static final List<String> ENDS =
      List.of(
          "\n", "\n", ", ", ",", "; ", " # c\n", " // c\n", " ", "\r\n", "\r", ",\n", ";;", " / ");
  private static final String BROKEN = "{}[](),;:=\n \"'\\#/$-.\u0000\u0085";

  @TempDir Path directory;
  private final Random random = new Random(SEED);

  @BeforeEach
  void makeFiles() throws IOException {
    Files.writeString(directory.resolve("part.conf"), "shared: {a: 1}\nport_: [1, 2 ]\n");
    Files.writeString(directory.resolve("bad.conf"), "a: [1\n");
    Files.writeString(directory.resolve("empty.conf"), "");
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Files.writeString(sub.resolve("inner.conf"), "inner: 5\ninclude other.conf\n");
    Files.writeString(sub.resolve("other.conf"), "other: 6\n");
    Files.writeString(sub.resolve("outer.conf"), "x: $a\n");
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void readsTextsAsTheRealServerDoes() throws Exception {
    Map<Path, Future<String>> real = new TreeMap<>();
    List<String> differences = new ArrayList<>();
    int valid = 0;
    ExecutorService workers = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < TEXTS; i++) {
        Path file = Files.write(directory.resolve("test" + i + ".conf"), text().getBytes(UTF_8));
        real.put(file, workers.submit(() -> RealNatsServer.test(file, ENVIRONMENT)));
      }
      for (Map.Entry<Path, Future<String>> each : real.entrySet()) {
        String theirs = each.getValue().get();
        String ours = ours(each.getKey());
        valid += theirs.contains(" is valid") ? 1 : 0;
        if (!isAlike(ours, theirs)) {
          differences.add(Files.readString(each.getKey()) + "\n  " + ours + "\n  " + theirs);
        }
      }
    } finally {
      workers.shutdownNow();
    }
    assertThat(differences).as("%d of %d", differences.size(), TEXTS).isEmpty();
    assertThat(valid).isPositive();
  }

  private static String ours(Path file) {
    try {
      return ConfigFile.test(file.toString(), ENVIRONMENT::get).strip();
    } catch (ConfigException e) {
      return String.valueOf(e.getMessage()).strip();
    }
  }

  // Of unknown names, nats-server tells in no order.
  private static boolean isAlike(String ours, String theirs) {
    return ours.equals(theirs)
        || (ours.contains("unknown field")
            && ours.lines().sorted().toList().equals(theirs.lines().sorted().toList()));
  }

  /** A field that may have any values, and others around it. */
  private String text() {
    StringBuilder text = new StringBuilder();
    if (random.nextInt(3) == 0) {
      text.append(fields(0));
    } else {
      text.append("tls { ca_certs_match: {").append(fields(1)).append("} }");
    }
    if (random.nextInt(10) == 0) {
      text.insert(0, '{').append("}");
    }
    if (random.nextInt(8) == 0) {
      int at = random.nextInt(text.length() + 1);
      text.insert(at, BROKEN.charAt(random.nextInt(BROKEN.length())));
    }
    return text.toString();
  }

  private String fields(int depth) {
    StringBuilder text = new StringBuilder(any(List.of("", " ", "\n")));
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      if (random.nextInt(14) == 0) {
        text.append(any(INCLUDES));
      } else {
        text.append(any(NAMES)).append(any(SEPARATORS)).append(value(depth));
      }
      text.append(any(ENDS));
    }
    return text.toString();
  }

  private String value(int depth) {
    int kind = depth < 3 ? random.nextInt(8) : 7;
    if (kind == 0) {
      StringBuilder list = new StringBuilder("[");
      for (int i = random.nextInt(4); i > 0; i--) {
        list.append(value(depth + 1)).append(any(List.of(", ", ",", "\n", " , ", " ")));
      }
      return list.append(any(List.of("]", " ]", "\n]", " # c\n]", "]", ""))).toString();
    }
    if (kind == 1) {
      return "{" + fields(depth + 1) + any(List.of("}", "}", " }", "\n}", ""));
    }
    return any(SCALARS);
  }

  private String any(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
