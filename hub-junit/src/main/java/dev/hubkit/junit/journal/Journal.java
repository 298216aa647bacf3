package dev.hubkit.junit.journal;

import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fossil.web.ExchangeObserver;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The journal of a hub: the operations of NATS clients in the order in which the server handled
 * them, what the server sent to the clients, and all requests to the repository. It hides what the
 * toolkit and client libraries do on their own; {@link #withToolkit()} shows that, too. It keeps
 * the last {@value #MOST_ENTRIES} entries, in about {@value #MOST_BYTES} bytes at most, and the
 * first {@value #KEPT_PAYLOAD} bytes of each payload.
 *
 * <p>If several tests share a hub, its journal contains the entries of all of them; {@link #mark()}
 * and {@link #since} separate new entries from old ones.
 *
 * <p>Thread-safe.
 */
public final class Journal extends JournalQuery<Entries> {
  /** The most entries that a journal keeps. */
  public static final int MOST_ENTRIES = 20_000;

  /** The approximate limit of the bytes that all entries take. */
  public static final int MOST_BYTES = 16 << 20;

  /** The most bytes that a journal keeps of one payload. */
  public static final int KEPT_PAYLOAD = 4096;

  /** The name of the toolkit's own client, whose traffic the journal hides. */
  public static final String TOOLKIT_CLIENT = "hub-junit toolkit";

  private static final int TAIL = 40;

  private final JournalStore store;
  private final boolean background;
  private final UnmetExpectations unmet;

  /**
   * Makes an empty journal.
   *
   * @param time the clock for the timestamps of entries
   */
  public Journal(TimeSource time) {
    this(time, false);
  }

  /**
   * Makes an empty journal.
   *
   * @param time the clock for the timestamps of entries
   * @param traced whether entries know what only a trace shows
   */
  public Journal(TimeSource time, boolean traced) {
    this(new JournalStore(time, traced), false, new UnmetExpectations());
  }

  private Journal(JournalStore store, boolean background, UnmetExpectations unmet) {
    this.store = store;
    this.background = background;
    this.unmet = unmet;
  }

  /**
   * Returns this journal with the {@linkplain JournalEntry#isBackground() background}, which it
   * hides otherwise. Both journals are stopped, started and cleared together.
   */
  public Journal withToolkit() {
    return new Journal(store, true, unmet);
  }

  private boolean shows(JournalEntry entry) {
    return background || !entry.isBackground();
  }

  /** Returns an observer that records the clients of a NATS server in this journal. */
  @SuppressWarnings("exports")
  public TrafficObserver natsObserver() {
    return new Recorder(store);
  }

  /**
   * Records what a test does to a server of a cluster.
   *
   * @param server its name
   * @param what as in {@code killed}
   */
  public void disturbed(String server, String what) {
    if (store.isRunning()) {
      store.add(new JournalEntry.Builder(JournalEntry.Kind.DISTURBED).server(server).detail(what));
    }
  }

  /** Returns an observer that records the exchanges of a Fossil server in this journal. */
  public ExchangeObserver fossilObserver() {
    return new Recorder(store);
  }

  /**
   * Returns the messages that clients have published, as a fixture without state. Of a payload it
   * has what the journal keeps; a {@link RecordedMessage#isCut() mark} shows that this is not all.
   * If the journal has dropped older entries, the fixture says so as a gap.
   */
  public Fixture toFixture() {
    return new JournalRecording(store.dropped(), find(entry -> true, 0)).toFixture();
  }

  /**
   * Saves {@link #toFixture()} to a file and replaces what is there.
   *
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public void save(Path file) {
    toFixture().save(file);
  }

  /** Stops recording until {@link #start()}, for tests that measure speed. */
  public void stop() {
    store.setRunning(false);
  }

  /** Starts recording. A new journal already records. */
  public void start() {
    store.setRunning(true);
  }

  /** Removes all entries. */
  public void clear() {
    store.clear();
  }

  /** Returns the number of the last entry; 0 before the first. */
  public long lastNumber() {
    return store.last();
  }

  /** Returns a mark after the last entry. */
  public Mark mark() {
    return new Mark(store.last());
  }

  /** Returns a mark before the first entry. */
  public Mark begin() {
    return new Mark(0);
  }

  /** A place in a journal. */
  public static final class Mark {
    private final long number;

    private Mark(long number) {
      this.number = number;
    }

    /** Returns the number of the last entry before this place; 0 for none. */
    public long number() {
      return number;
    }

    @Override
    public String toString() {
      return "after entry " + number;
    }
  }

  /** Queries the entries after a mark. */
  public JournalQuery<Entries> since(Mark mark) {
    return new JournalQuery<>() {
      @Override
      Entries select(JournalCondition condition) {
        return entries(condition, mark.number);
      }
    };
  }

  @Override
  Entries select(JournalCondition condition) {
    return entries(condition, 0);
  }

  private Entries entries(JournalCondition condition, long after) {
    return entries(condition, find(condition::holds, after), after);
  }

  Entries entries(JournalCondition condition, List<JournalEntry> found, long after) {
    return new Entries(condition, found, narrower -> nearest(narrower, after));
  }

  private List<JournalEntry> find(Predicate<JournalEntry> condition, long after) {
    return store.find(entry -> shows(entry) && condition.test(entry), after);
  }

  /** Waits for entries, including those that the journal already contains. */
  public JournalQuery<Expectation> await() {
    return awaiting(0);
  }

  /** Waits for entries after a mark. */
  public JournalQuery<Expectation> awaitSince(Mark mark) {
    return awaiting(mark.number);
  }

  private JournalQuery<Expectation> awaiting(long after) {
    return new JournalQuery<>() {
      @Override
      Expectation select(JournalCondition condition) {
        return new Expectation(Journal.this, condition, after, 1, null);
      }
    };
  }

  /**
   * Expects that entries do not appear, including those that the journal already contains: {@code
   * journal().never().published("refunds.>").within(…)}.
   */
  public JournalQuery<Absence> never() {
    return never(0);
  }

  /** Expects that entries do not appear after a mark. */
  public JournalQuery<Absence> neverSince(Mark mark) {
    return never(mark.number);
  }

  private JournalQuery<Absence> never(long after) {
    return new JournalQuery<>() {
      @Override
      Absence select(JournalCondition condition) {
        return new Absence(Journal.this, condition, after, null);
      }
    };
  }

  boolean isRunning() {
    return store.isRunning();
  }

  /** Collects entries until there are enough; returns the number of the last one looked at. */
  long collect(JournalCondition condition, long after, int count, List<JournalEntry> found) {
    return store.collectNow(entry -> shows(entry) && condition.holds(entry), after, count, found);
  }

  /** Collects entries until there are enough; returns false if there are too few in time. */
  boolean await(
      JournalCondition condition,
      long after,
      int count,
      List<JournalEntry> found,
      Duration patience) {
    return store.await(
        entry -> shows(entry) && condition.holds(entry), after, count, found, patience);
  }

  /**
   * Returns a text about the entries that come nearest to a condition, and what differs; empty for
   * none.
   */
  String nearest(JournalCondition condition, long after) {
    return NearMisses.text(condition, nearMisses(condition, after));
  }

  /** Returns the entries that come nearest to a condition, the nearest first. */
  List<NearMiss> nearMisses(JournalCondition condition, long after) {
    return new NearMisses(find(entry -> true, after)).nearest(condition);
  }

  /** Remembers an expectation that was not met. */
  void unmet(UnmetExpectation expectation) {
    unmet.add(expectation, store.last());
  }

  /**
   * Describes what was waited for in vain since a mark: the last expectation that was not met, and
   * the subscriptions that have received nothing, each with the entry that comes nearest to it.
   */
  public List<String> unmetSince(Mark mark) {
    return texts(unmetSince(mark, entry -> true, false));
  }

  private static List<String> texts(List<UnmetExpectation> all) {
    return all.stream().map(UnmetExpectation::text).toList();
  }

  /**
   * Describes what one of several tests has waited for in vain since a mark: the last expectation
   * of the calling thread that was not met, and the subscriptions, of those whose entries satisfy a
   * condition, that have received nothing.
   */
  public List<String> unmetSince(Mark mark, Predicate<JournalEntry> condition) {
    return texts(unmetSince(mark, condition, true));
  }

  /**
   * Returns what was waited for in vain since a mark, with the entries that came nearest.
   *
   * @param condition which entries count
   * @param ofThisThread whether only expectations of the calling thread count
   */
  public List<UnmetExpectation> unmetSince(
      Mark mark, Predicate<JournalEntry> condition, boolean ofThisThread) {
    List<UnmetExpectation> lines = new ArrayList<>();
    UnmetExpectation last = unmet.newest(mark.number, ofThisThread);
    if (last != null) {
      lines.add(last);
    }
    lines.addAll(new NearMisses(find(condition, mark.number)).subscriptionsWithoutMessages());
    return lines;
  }

  /** Returns the last entries as text, a line for each. */
  public String tail() {
    return tail(TAIL);
  }

  /** Returns the last {@code count} entries as text, a line for each. */
  public String tail(int count) {
    return tail(count, entry -> true);
  }

  /** Returns at most the last {@code count} entries after a mark as text, a line for each. */
  public String tailSince(Mark mark, int count) {
    return tailSince(mark, count, entry -> true);
  }

  /**
   * Returns at most the last {@code count} entries after a mark that satisfy a condition as text, a
   * line for each.
   */
  public String tailSince(Mark mark, int count, Predicate<JournalEntry> condition) {
    return lines(find(condition, mark.number), count);
  }

  /** Returns the last {@code count} entries that satisfy a condition as text, a line for each. */
  public String tail(int count, Predicate<JournalEntry> condition) {
    return lines(find(condition, 0), count);
  }

  private String lines(List<JournalEntry> all, int count) {
    if (all.isEmpty()) {
      return store.isRunning() ? "(nothing has happened)" : "(the journal was stopped)";
    }
    int skip = Math.max(0, all.size() - count);
    return (skip > 0 ? "…\n" : "")
        + all.stream().skip(skip).map(JournalEntry::toString).collect(Collectors.joining("\n"));
  }

  /** Returns the last entries, as {@link #tail()} does. */
  @Override
  public String toString() {
    return tail();
  }
}
