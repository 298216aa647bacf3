package dev.hubkit.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The part of {@code docs/compatibility.md} that a run writes: what was compared, how many tests
 * passed, and which ended differently.
 */
final class CompatibilityPage {
  private static final String BEGIN = "<!-- conformance:begin -->\n";
  private static final String END = "<!-- conformance:end -->";

  private final Path page;

  CompatibilityPage(Path page) {
    this.page = page;
  }

  /**
   * What took part in a run.
   *
   * @param client the client whose tests ran, with its version
   * @param server the original server, with its version
   * @param java the version of Java that ran Hub and the tests
   */
  record Participants(LocalDate date, String client, String server, String java) {}

  /**
   * Puts the results of a whole run into the page.
   *
   * @throws IOException if the page has no place for them
   */
  void write(Participants participants, Report hub, Report real) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " lacks the comments \"" + BEGIN.strip() + "\" and \"" + END);
    }
    String written =
        text.substring(0, begin + BEGIN.length())
            + section(participants, hub, real)
            + text.substring(end);
    Files.writeString(page, written, StandardCharsets.UTF_8);
  }

  /** Returns the text of the part. */
  static String section(Participants participants, Report hub, Report real) {
    StringBuilder text = new StringBuilder();
    text.append("The published tests of ")
        .append(participants.client())
        .append(" against `hub nats-server` and ")
        .append(participants.server())
        .append(", on ")
        .append(participants.date())
        .append(", Java ")
        .append(participants.java())
        .append(":\n\n| | Hub | nats-server |\n|---|---|---|\n");
    row(text, "passed", Outcome.PASSED, hub, real);
    row(text, "failed", Outcome.FAILED, hub, real);
    row(text, "skipped by the tests themselves", Outcome.SKIPPED, hub, real);
    row(text, "classes cut off at the time limit", Outcome.CUT, hub, real);
    List<String> onlyReal = new ArrayList<>();
    List<String> onlyHub = new ArrayList<>();
    List<String> neither = new ArrayList<>();
    SortedSet<String> all = new TreeSet<>(real.outcomes().keySet());
    all.addAll(hub.outcomes().keySet());
    for (String test : all) {
      boolean withHub = hub.of(test) == Outcome.PASSED;
      boolean withReal = real.of(test) == Outcome.PASSED;
      if (withReal && !withHub) {
        onlyReal.add(test);
      } else if (withHub && !withReal) {
        onlyHub.add(test);
      } else if (hub.of(test) == Outcome.FAILED) {
        neither.add(test);
      }
    }
    list(text, "Pass with nats-server only", onlyReal);
    list(text, "Pass with Hub only", onlyHub);
    list(text, "Fail with both", neither);
    return text.toString();
  }

  private static void row(
      StringBuilder text, String name, Outcome outcome, Report hub, Report real) {
    text.append("| ")
        .append(name)
        .append(" | ")
        .append(hub.count(outcome))
        .append(" | ")
        .append(real.count(outcome))
        .append(" |\n");
  }

  private static void list(StringBuilder text, String title, List<String> tests) {
    text.append('\n').append(title).append(": ");
    text.append(
        tests.isEmpty()
            ? "none"
            : String.join(", ", tests.stream().map(t -> "`" + t + "`").toList()));
    text.append(".\n");
  }
}
