package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.nats.client.Connection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineTestKit;

/** What a killed test run leaves in the directory for temporary files. */
class KilledRunTest {
  private static final int PATIENCE_SECONDS = 90;

  @TempDir Path temporary;

  /** A test that never ends. */
  @WithHub
  static final class Endless {
    @Test
    void waits(Connection nats) throws Exception {
      nats.jetStreamManagement().getAccountStatistics();
      System.out.println("ready");
      new CountDownLatch(1).await();
    }
  }

  /** A test that ends. */
  @WithHub
  static final class Brief {
    @Test
    void passes(Connection nats) throws Exception {
      nats.jetStreamManagement().getAccountStatistics();
    }
  }

  /** Runs the tests of a class. */
  static final class Run {
    private Run() {}

    public static void main(String[] arguments) throws Exception {
      EngineTestKit.engine("junit-jupiter")
          .selectors(selectClass(Class.forName(arguments[0])))
          .execute()
          .testEvents()
          .assertStatistics(statistics -> statistics.succeeded(1));
    }
  }

  private Process run(Class<?> tests, Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-cp",
            System.getProperty("java.class.path"),
            Run.class.getName(),
            tests.getName())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private Process endless() throws IOException {
    Path output = temporary.resolve("output");
    Process process = run(Endless.class, output);
    boolean ready = false;
    try {
      Awaitility.await()
          .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .until(() -> !process.isAlive() || Files.readString(output).contains("ready"));
      assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
      // Beside the hub of the test there is for a moment the one that warms the JVM up.
      Awaitility.await()
          .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(hubs()).hasSize(1));
      ready = true;
    } finally {
      if (!ready) {
        process.destroyForcibly();
      }
    }
    return process;
  }

  private List<Path> hubs() throws IOException {
    try (Stream<Path> all = Files.list(temporary)) {
      return all.filter(each -> each.getFileName().toString().startsWith("hub-junit-")).toList();
    }
  }

  // A JVM keeps ignoring a signal that was ignored when it started, as under nohup.
  private static void assumeHeeded(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      int number = Map.of("HUP", 1, "INT", 2, "TERM", 15).get(signal);
      assumeThat(Files.readString(status))
          .as("SIG%s is ignored here, and so by child processes", signal)
          .satisfies(
              text -> {
                Matcher ignored = Pattern.compile("SigIgn:\\s*([0-9a-f]+)").matcher(text);
                assertThat(ignored.find()).isTrue();
                long mask = Long.parseUnsignedLong(ignored.group(1), 16);
                assertThat(mask & (1L << (number - 1))).isZero();
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void leavesNothingWhenASignalEndsIt(String signal) throws Exception {
    assumeHeeded(signal);
    Process process = endless();
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(hubs()).isEmpty();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void leavesToTheNextRunWhatAKillPrevents() throws Exception {
    Process process = endless();
    process.destroyForcibly().waitFor();
    assertThat(hubs()).hasSize(1);
    Path output = temporary.resolve("next");
    Process next = run(Brief.class, output);
    try {
      assertThat(next.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(next.exitValue()).as(Files.readString(output)).isZero();
      assertThat(hubs()).isEmpty();
    } finally {
      next.destroyForcibly().waitFor();
    }
  }
}
