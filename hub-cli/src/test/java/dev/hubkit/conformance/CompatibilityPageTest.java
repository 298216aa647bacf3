package dev.hubkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompatibilityPageTest {
  private static final CompatibilityPage.Participants PARTICIPANTS =
      new CompatibilityPage.Participants(
          LocalDate.of(2026, 1, 31), "jnats 2", "nats-server 3", "17");

  @TempDir Path directory;

  private static Report report(Map<String, Outcome> outcomes) {
    return new Report(new TreeMap<>(outcomes), new TreeMap<>(), Set.of());
  }

  @Test
  void replacesWhatTheLastRunWrote() throws IOException {
    Path page =
        Files.writeString(
            directory.resolve("page.md"),
            "before\n<!-- conformance:begin -->\nold\n<!-- conformance:end -->\nafter\n");
    Report hub =
        report(
            Map.of(
                "A.a", Outcome.PASSED,
                "A.b", Outcome.FAILED,
                "A.c", Outcome.FAILED,
                "A.d", Outcome.SKIPPED,
                "A.e", Outcome.PASSED));
    Report real =
        report(
            Map.of(
                "A.a", Outcome.PASSED,
                "A.b", Outcome.PASSED,
                "A.c", Outcome.FAILED,
                "A.d", Outcome.SKIPPED,
                "A.e", Outcome.FAILED,
                "B", Outcome.CUT));
    new CompatibilityPage(page).write(PARTICIPANTS, hub, real);
    assertThat(page)
        .hasContent(
            """
            before
            <!-- conformance:begin -->
            The published tests of jnats 2 against `hub nats-server` and nats-server 3, on 2026-01-31, Java 17:

            | | Hub | nats-server |
            |---|---|---|
            | passed | 2 | 2 |
            | failed | 2 | 2 |
            | skipped by the tests themselves | 1 | 1 |
            | classes cut off at the time limit | 0 | 1 |

            Pass with nats-server only: `A.b`.

            Pass with Hub only: `A.e`.

            Fail with both: `A.c`.
            <!-- conformance:end -->
            after
            """);
  }

  @Test
  void refusesAPageWithoutAPlace() throws IOException {
    Path page = Files.writeString(directory.resolve("page.md"), "nothing");
    Report none = report(Map.of());
    assertThatThrownBy(() -> new CompatibilityPage(page).write(PARTICIPANTS, none, none))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("lacks the comments");
  }
}
