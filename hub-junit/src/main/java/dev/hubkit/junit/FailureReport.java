package dev.hubkit.junit;

import dev.hubkit.Hub;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.journal.JournalEntry;
import dev.hubkit.workspace.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Describes a hub as it was when a test failed. */
final class FailureReport {
  private static final int LOG_LINES = 40;
  private static final int OPERATIONS = 10;

  private final HubResource hub;
  private final String test;
  private final String journal;
  private final String operations;
  private final List<String> unmet;
  private final long others;
  private final List<String> stubs;
  private @Nullable String streams;

  /**
   * Begins the report of a test, with the journal up to now.
   *
   * @param test names the test
   * @param begin when the test began
   * @param run the test beside others; null if there are none
   */
  FailureReport(HubResource hub, String test, Journal.Mark begin, @Nullable RunningTest run) {
    this.hub = hub;
    this.test = test;
    this.journal = hub.journal().tail();
    Predicate<JournalEntry> ofOther =
        entry -> run != null && entry.clientName().filter(run::isOfOther).isPresent();
    this.operations = hub.journal().tailSince(begin, OPERATIONS, ofOther.negate());
    this.others = run == null ? 0 : run.others();
    this.unmet =
        others == 0
            ? hub.journal().unmetSince(begin)
            : hub.journal().unmetSince(begin, ofOther.negate());
    this.stubs = hub.isExternal(Service.NATS) ? List.of() : hub.ownStubs().problems(begin);
  }

  /** Adds the state of streams and consumers, unless the report has it. */
  void addStreams(String text) {
    if (streams == null) {
      streams = text;
    }
  }

  /** Returns the full report, with the current end of the log. */
  Map<String, String> entries() {
    String prefix = hub.name().isEmpty() ? "hub" : "hub \"" + hub.name() + "\"";
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put(prefix, urls() + ", root " + hub.root());
    entries.put(prefix + " journal", journal);
    if (streams != null) {
      entries.put(prefix + " streams", streams);
    }
    entries.put(prefix + " log", log(hub.hub().workspace().log()));
    return entries;
  }

  /**
   * Returns the short report.
   *
   * @param places says where there is more
   */
  FailureNote note(List<String> places) {
    StringBuilder note = new StringBuilder("What ");
    note.append(hub.name().isEmpty() ? "the hub" : "the hub \"" + hub.name() + "\"");
    note.append(" saw in ").append(test).append(":\n");
    section(note, "last operations", operations);
    if (others > 0) {
      section(
          note,
          "other tests",
          others
              + " used the hub meanwhile; what their clients did is left out, as far as these have"
              + " the names that the toolkit gives");
    }
    unmet.forEach(line -> section(note, "waited for", line));
    stubs.forEach(line -> section(note, "requests", line));
    if (streams != null) {
      section(note, "streams", streams);
    }
    section(note, "servers", urls());
    places.forEach(place -> note.append("  ").append(place).append('\n'));
    return new FailureNote(note.toString().stripTrailing());
  }

  private static void section(StringBuilder note, String title, String text) {
    note.append("  ").append(title).append(':');
    if (text.indexOf('\n') < 0) {
      note.append(' ').append(text).append('\n');
      return;
    }
    note.append('\n');
    text.lines().forEach(line -> note.append("    ").append(line).append('\n'));
  }

  private String urls() {
    Hub whole = hub.hub();
    List<String> urls = new ArrayList<>();
    add(urls, whole.owner().nats(), "NATS");
    add(urls, whole.owner().fossil(), "Fossil");
    return String.join(", ", urls);
  }

  private void add(List<String> urls, @Nullable Endpoint endpoint, String server) {
    if (endpoint != null) {
      urls.add(server + " " + (server.equals("NATS") ? hub.natsUrl() : hub.fossilUrl()));
    }
  }

  private static String log(Path file) {
    try {
      if (!Files.exists(file)) {
        return "(none)";
      }
      List<String> lines = Files.readAllLines(file);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }
}
