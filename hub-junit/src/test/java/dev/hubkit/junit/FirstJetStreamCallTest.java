package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * When a test has the address of its hub, JetStream answers at once, so that a client that waits 2
 * s for an answer gets it on a busy machine, too.
 */
class FirstJetStreamCallTest {
  private static final int BUSY_THREADS = Integer.getInteger("hub.busy.threads", 2);

  // Without a warm-up there are some 300.
  private static final int FEW = 60;

  @TempDir Path directory;

  @Test
  void succeedsOnABusyMachine() throws Exception {
    Path output = directory.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                FirstJetStreamCall.class.getName(),
                String.valueOf(BUSY_THREADS))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
      String said = Files.readString(output);
      assertThat(process.exitValue()).as(said).isZero();
      assertThat(number("ms", said)).isLessThan(2000);
      assertThat(number("classes", said)).as(said).isLessThan(FEW);
    } finally {
      process.destroyForcibly();
    }
  }

  private static int number(String name, String text) {
    Matcher found = Pattern.compile(name + " (\\d+)").matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return Integer.parseInt(found.group(1));
  }
}
