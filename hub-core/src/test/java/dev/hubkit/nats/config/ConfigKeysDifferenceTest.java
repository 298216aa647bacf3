package dev.hubkit.nats.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.security.TestCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Has the real nats-server and ours check small files, each with another name of a configuration,
 * with the value that fits and with values of other types. {@code -Dconfig.keys=fitting} walks
 * through all names with values that fit, {@code all} with the others, too; otherwise a sample is
 * checked.
 */
@ComparedWithNatsServer
class ConfigKeysDifferenceTest {
  private static final String WALK = System.getProperty("config.keys", "sample");
  private static final int SAMPLE = 197;

  /** Values of every type, most of which are wrong for any one name. */
  private static final List<String> VALUES =
      List.of(
          "\"x\"",
          "\"\"",
          "5",
          "0",
          "-5",
          "9223372036854775807",
          "1.5",
          "true",
          "[]",
          "[5 ]",
          "[5,6 ]",
          "[-5]",
          "\".\"",
          "\"5s\"",
          "5m",
          "1KB",
          "on",
          "\"a b\"",
          "\"-1\"",
          "2016-05-04T18:53:41Z",
          "99999999999",
          "-1",
          "[[]]",
          "[{}]",
          "[\"x\"]",
          "{}",
          "{a: 1}");

  @TempDir Path directory;
  private Map<String, String> stand;

  @BeforeEach
  void makeFiles() throws Exception {
    TestCertificate certificate =
        TestCertificate.make(directory, "server", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    stand =
        Map.of(
            "$CERT", certificate.certFile().toString(),
            "$KEY", certificate.keyFile().toString(),
            "$OPERATOR", OperatorFile.write(directory).toString(),
            "$DIR", directory.resolve("accounts").toString());
  }

  /** One name: where it stands, a file with {@code @} for the value, and a value that fits. */
  private record Key(String name, String template, String value) {
    static Key of(String line) {
      String[] parts = line.split(" \\| ", -1);
      return new Key(parts[0], parts[1].replace("\\n", "\n"), parts[2]);
    }
  }

  private static List<Key> keys() throws IOException {
    try (InputStream in = ConfigKeysDifferenceTest.class.getResourceAsStream("/config/keys.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(Key::of)
          .toList();
    }
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    int count = 0;
    for (Key key : keys()) {
      List<String> values = new ArrayList<>(List.of(key.value()));
      values.addAll(VALUES);
      for (String value : values) {
        if (isChecked(count, value.equals(key.value()))) {
          Path file = directory.resolve(String.format("%05d.conf", count));
          String text = key.template().replace("@", value);
          for (Map.Entry<String, String> each : stand.entrySet()) {
            text = text.replace(each.getKey(), each.getValue());
          }
          Files.writeString(file, text + "\n");
          files.add(file);
        }
        count++;
      }
    }
    return files;
  }

  private static boolean isChecked(int count, boolean fits) {
    return switch (WALK) {
      case "all" -> true;
      case "fitting" -> fits;
      default -> count % SAMPLE == 0;
    };
  }

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void judgesEachNameAsTheRealServerDoes() throws Exception {
    List<Path> files = files();
    assertThat(files).hasSizeGreaterThan(60);
    Map<String, String> differences = new TreeMap<>();
    ExecutorService workers = Executors.newFixedThreadPool(2);
    try {
      Map<Path, Future<String>> real = new TreeMap<>();
      for (Path file : files) {
        real.put(file, workers.submit(() -> RealNatsServer.test(file, Map.of())));
      }
      for (Path file : files) {
        String difference = difference(ours(file), real.get(file).get());
        if (!difference.isEmpty()) {
          differences.put(Files.readString(file).strip(), difference);
        }
      }
    } finally {
      workers.shutdownNow();
    }
    assertThat(
            differences.entrySet().stream()
                .map(each -> each.getKey() + "\n    " + each.getValue())
                .collect(Collectors.joining("\n")))
        .as("%d of %d files", differences.size(), files.size())
        .isEmpty();
  }

  private static String ours(Path file) {
    try {
      return ConfigFile.test(file.toString(), System::getenv);
    } catch (ConfigException e) {
      return String.valueOf(e.getMessage());
    }
  }

  // Of a list or a map, nats-server prints addresses in memory, and the parts of its tokens.
  private static String plain(String line) {
    if (line.contains("both 'cert_file' and 'cert_key'")) {
      // In the place of the last field, of which nats-server reads in no order.
      return line.replaceFirst("^.*?: ", "");
    }
    return line.replaceFirst("(got '?|type: |weight of |account: )(map)?[\\[{].*", "$1...").strip();
  }

  private static String difference(String ours, String theirs) {
    boolean valid = theirs.contains(" is valid");
    if (ours.contains(" not supported: Hub ")) {
      return ""; // of which nats-server knows nothing
    }
    if (valid != ours.contains(" is valid")) {
      return ours + "\n    real: " + theirs;
    }
    if (valid) {
      return ours.equals(theirs) ? "" : ours + "\n    real: " + theirs;
    }
    // The real server omits the position of some problems, reports further ones that follow from
    // them, and reads the fields of a block in no order.
    TreeSet<String> told =
        new TreeSet<>(theirs.lines().map(ConfigKeysDifferenceTest::plain).toList());
    return ours.lines()
            .map(ConfigKeysDifferenceTest::plain)
            .anyMatch(line -> told.stream().anyMatch(line::endsWith))
        ? ""
        : ours + "\n    real: " + theirs;
  }
}
