package dev.hubkit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.hubkit.examples.failing.WrongSubject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Checks that the README shows exactly the code that is run here, and what it prints. */
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

  @Test
  void showsWhatAFailingTestSays(@TempDir Path reports) throws IOException {
    EngineExecutionResults results =
        EngineTestKit.engine("junit-jupiter")
            .configurationParameter("hub.junit.report-directory", reports.toString())
            .selectors(selectClass(WrongSubject.class))
            .execute();
    Throwable failure =
        results
            .testEvents()
            .failed()
            .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable())
            .findFirst()
            .orElseThrow()
            .orElseThrow();
    StringWriter printed = new StringWriter();
    failure.printStackTrace(new PrintWriter(printed));
    Matcher shown =
        Pattern.compile("(?s)```text\\n(.*?)```")
            .matcher(Files.readString(MODULE.resolveSibling("README.md")));
    assertThat(shown.find()).isTrue();
    assertThat(masked(printed.toString())).isEqualTo(masked(shown.group(1)));
  }

  // Without what differs from run to run: times, ports, numbers of clients, the directories of
  // the report and the trace, the frames of the stack trace; and by the name of a class that passes
  // elsewhere.
  private static String masked(String text) {
    return text.replaceAll("(?m)(^\tat .*\\R)+", "\tat …\n")
        .replaceAll("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}", "09:30:01.123")
        .replaceAll("127\\.0\\.0\\.1:\\d+", "127.0.0.1:4222")
        .replaceAll(" #\\d+ ", " #2 ")
        .replaceAll("(?m)full report: .*$", "full report: …")
        .replaceAll("(?m)trace: file:.*$", "trace: …")
        .replace("WrongSubject", "OrdersTest");
  }
}
