package dev.hubkit.junit.trace;

import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.journal.JournalEntry;
import dev.hubkit.junit.journal.UnmetExpectation;
import dev.hubkit.view.TracePage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The trace of a test: what happened in its hub, as it was when this was made. It is written later,
 * because a test that passes needs none.
 */
@SuppressWarnings("exports") // the packages of the servers
public final class TestTrace {
  private final String test;
  private final String hub;
  private final List<JournalEntry> entries;
  private final List<TraceIncident> incidents;
  private final long dropped;
  private final List<UnmetExpectation> unmet;
  private final List<JsonObject> streams = new ArrayList<>();

  /**
   * Takes what a journal and a log have of a test.
   *
   * @param test names the test
   * @param hub the name of its hub; empty for the only one
   * @param begin when the test began
   * @param log what the trace shows besides the journal; null for nothing
   * @param condition which entries to show
   * @param unmet what the test waited for in vain
   */
  public TestTrace(
      String test,
      String hub,
      Journal journal,
      Journal.Mark begin,
      @Nullable TraceLog log,
      Predicate<JournalEntry> condition,
      List<UnmetExpectation> unmet) {
    this.test = test;
    this.hub = hub;
    List<JournalEntry> all = journal.withToolkit().since(begin).everything().list();
    this.entries = all.stream().filter(condition).toList();
    this.incidents = log == null ? List.of() : log.after(begin.number());
    this.dropped = all.isEmpty() ? 0 : Math.max(0, all.get(0).number() - begin.number() - 1);
    this.unmet = List.copyOf(unmet);
  }

  /** Adds the streams of the hub as they are now, each once, unless the trace has them. */
  public void addStreams(List<JsonObject> found) {
    if (streams.isEmpty()) {
      streams.addAll(found);
    }
  }

  /**
   * Returns the page of the trace, as UTF-8.
   *
   * @param failure null for a test that has not failed
   */
  public byte[] page(@Nullable TraceFailure failure) {
    return TracePage.of("Trace of " + test, document(failure));
  }

  /**
   * Returns the trace as JSON, as UTF-8.
   *
   * @param failure null for a test that has not failed
   */
  public byte[] document(@Nullable TraceFailure failure) {
    return TraceDocument.of(
        new TraceContents(
            test, hub, failure, TraceStep.merge(entries, incidents), dropped, unmet, streams));
  }
}
