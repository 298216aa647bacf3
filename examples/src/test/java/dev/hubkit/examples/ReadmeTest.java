package dev.hubkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Checks that the README shows exactly the code that is compiled and run here. */
class ReadmeTest {
  private static final Path MODULE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();

  @Test
  void showsTheTestThatRuns() throws IOException {
    String readme = Files.readString(MODULE.resolveSibling("README.md"));
    String source =
        Files.readString(MODULE.resolve("src/test/java/dev/hubkit/examples/OrdersTest.java"));
    String shown = source.replaceFirst("(?s)^package [^;]*;\\s*", "");
    assertThat(readme).contains("```java\n" + shown + "```\n");
  }
}
