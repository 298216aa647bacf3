package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prints a failure note where the tool that runs the tests would not show it. */
class FailureConsoleTest {
  private static final String NOTE = "What the hub saw in OrdersTest.a:";

  @TempDir Path directory;

  private final Map<String, String> properties = new HashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream standardError = new ByteArrayOutputStream();

  private void show(boolean always) {
    new FailureConsole(properties::get, standardError)
        .show(new FailureNote(NOTE), always, new PrintStream(out, true, UTF_8));
  }

  @Test
  void printsNothingWhereSuppressedExceptionsAreShown() {
    show(false);
    assertThat(out.toString(UTF_8)).isEmpty();
    assertThat(standardError.toString(UTF_8)).isEmpty();
  }

  @Test
  void printsOnDemand() {
    show(true);
    assertThat(out.toString(UTF_8)).isEqualTo(NOTE + System.lineSeparator());
    assertThat(standardError.toString(UTF_8)).isEmpty();
  }

  @Test
  void printsPastGradle() {
    properties.put("org.gradle.test.worker", "3");
    show(false);
    assertThat(standardError.toString(UTF_8)).isEqualTo(NOTE + System.lineSeparator());
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/shop/surefirebooter-1_3.jar, true, true",
    "/my shop/surefirebooter123.jar, true, true",
    "org.apache.maven.surefire.booter.ForkedBooter, true, true",
    "/shop/surefirebooter-1_3.jar, false, false",
    "org.junit.platform.console.ConsoleLauncher, true, false"
  })
  void printsWhereSurefireTrims(String start, boolean trims, boolean printed) throws IOException {
    Path own = Files.createDirectories(directory.resolve("my shop"));
    Files.writeString(
        own.resolve("surefire_1tmp"), "#surefire\nisTrimStackTrace=" + trims + "\nshutdown=EXIT\n");
    properties.put("sun.java.command", start + " " + own + " 2026-jvmRun1 surefire_1tmp sys_2tmp");
    show(false);
    assertThat(out.toString(UTF_8)).isEqualTo(printed ? NOTE + System.lineSeparator() : "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "surefirebooter1.jar", "ForkedBooter /nowhere run absent1tmp x"})
  void toleratesOtherCommands(String command) {
    properties.put("sun.java.command", command);
    show(false);
    assertThat(out.toString(UTF_8)).isEmpty();
  }
}
