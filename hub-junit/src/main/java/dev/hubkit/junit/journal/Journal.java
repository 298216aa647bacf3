package dev.hubkit.junit.journal;

import dev.hubkit.fossil.web.ExchangeObserver;
import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The journal of a hub: all operations of NATS clients in the order in which the server handled
 * them, what the server sent to the clients, and all requests to the repository. It keeps the last
 * {@value #MOST_ENTRIES} entries, in about {@value #MOST_BYTES} bytes at most, and the first
 * {@value #KEPT_PAYLOAD} bytes of each payload.
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

  private static final int TAIL = 40;

  private final JournalStore store;
  private final Predicate<JournalEntry> visible;

  /**
   * Makes an empty journal.
   *
   * @param time the clock for the timestamps of entries
   */
  public Journal(TimeSource time) {
    this(new JournalStore(time), entry -> true);
  }

  private Journal(JournalStore store, Predicate<JournalEntry> visible) {
    this.store = store;
    this.visible = visible;
  }

  /**
   * Returns the part of this journal that concerns an account, and the repository that the hub
   * serves below the name of the account. Both journals are stopped, started and cleared together.
   */
  public Journal within(String account) {
    String path = "/" + account;
    return new Journal(
        store,
        entry ->
            entry.kind() == Kind.EXCHANGED
                ? entry.subject().equals(path) || entry.subject().startsWith(path + "/")
                : entry.account().filter(account::equals).isPresent());
  }

  /** Returns an observer that records the clients of a NATS server in this journal. */
  @SuppressWarnings("exports")
  public TrafficObserver natsObserver() {
    return new Recorder(store);
  }

  /** Returns an observer that records the exchanges of a Fossil server in this journal. */
  public ExchangeObserver fossilObserver() {
    return new Recorder(store);
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

  /** Returns a mark after the last entry. */
  public Mark mark() {
    return new Mark(store.last());
  }

  /** A place in a journal. */
  public static final class Mark {
    private final long number;

    private Mark(long number) {
      this.number = number;
    }
  }

  /** Queries the entries after a mark. */
  public JournalQuery<Entries> since(Mark mark) {
    return new JournalQuery<>() {
      @Override
      Entries select(String what, Predicate<JournalEntry> condition) {
        return entries(what, condition, mark.number);
      }
    };
  }

  @Override
  Entries select(String what, Predicate<JournalEntry> condition) {
    return entries(what, condition, 0);
  }

  private Entries entries(String what, Predicate<JournalEntry> condition, long after) {
    return new Entries(what, store.find(visible.and(condition), after));
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
      Expectation select(String what, Predicate<JournalEntry> condition) {
        return new Expectation(Journal.this, what, condition, after, 1);
      }
    };
  }

  /** Collects entries until there are enough; returns false if there are too few in time. */
  boolean await(
      Predicate<JournalEntry> condition,
      long after,
      int count,
      List<JournalEntry> found,
      Duration patience) {
    return store.await(visible.and(condition), after, count, found, patience);
  }

  /** Returns the last entries as text, a line for each. */
  public String tail() {
    return tail(TAIL);
  }

  /** Returns the last {@code count} entries as text, a line for each. */
  public String tail(int count) {
    return tail(count, entry -> true);
  }

  /** Returns the last {@code count} entries that satisfy a condition as text, a line for each. */
  public String tail(int count, Predicate<JournalEntry> condition) {
    List<JournalEntry> all = new ArrayList<>(store.find(visible.and(condition), 0));
    if (all.isEmpty()) {
      return store.isRunning() ? "(nothing has happened)" : "(the journal was stopped)";
    }
    int skip = Math.max(0, all.size() - count);
    return (skip > 0 || all.get(0).number() > 1 ? "…\n" : "")
        + all.stream().skip(skip).map(JournalEntry::toString).collect(Collectors.joining("\n"));
  }
}
