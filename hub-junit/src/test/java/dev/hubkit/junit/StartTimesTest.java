package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prints the times that {@link StartTimes} measures, and asserts only that it runs. */
@EnabledIfSystemProperty(named = "hub.start.times", matches = "true")
class StartTimesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"hub", "hub-without-fossil", "nats-server", "reset"})
  void print(String what) throws Exception {
    for (int i = 0; i < 3; i++) {
      Path output = directory.resolve("output.txt");
      String classPath =
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  classPath,
                  StartTimes.class.getName(),
                  what)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        System.out.println(what + " (ms): " + said.strip().replace(System.lineSeparator(), ", "));
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
