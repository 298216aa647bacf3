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
 * What happened in a hub: all operations of NATS clients in the order they were handled, what they
 * were sent, and all requests to the repository. It keeps the last {@value #MOST_ENTRIES} entries,
 * and no more than some {@value #MOST_BYTES} bytes; of a payload the first {@value #KEPT_PAYLOAD}
 * bytes.
 *
 * <p>One of a hub that several tests share has the entries of all of them; {@link #mark()} and
 * {@link #since} tell new ones from old ones.
 *
 * <p>Thread-safe.
 */
public final class Journal extends JournalQuery<Entries> {
  /** How many entries are kept at most. */
  public static final int MOST_ENTRIES = 20_000;

  /** How many bytes the entries may take, roughly. */
  public static final int MOST_BYTES = 16 << 20;

  /** How many bytes of a payload are kept. */
  public static final int KEPT_PAYLOAD = 4096;

  private static final int TAIL = 40;

  private final JournalStore ledger;
  private final Predicate<JournalEntry> seen;

  /**
   * Makes an empty journal.
   *
   * @param time stamps its entries
   */
  public Journal(TimeSource time) {
    this(new JournalStore(time), entry -> true);
  }

  private Journal(JournalStore ledger, Predicate<JournalEntry> seen) {
    this.ledger = ledger;
    this.seen = seen;
  }

  /**
   * Of this journal what concerns an account, and the repository that is served below its name. It
   * is stopped, started and cleared with the whole.
   */
  public Journal within(String account) {
    String path = "/" + account;
    return new Journal(
        ledger,
        entry ->
            entry.kind() == Kind.EXCHANGED
                ? entry.subject().equals(path) || entry.subject().startsWith(path + "/")
                : entry.account().filter(account::equals).isPresent());
  }

  /** What a NATS server is started with to have its clients in this journal. */
  public TrafficObserver natsObserver() {
    return new Recorder(ledger);
  }

  /** What a Fossil server is started with to have its exchanges in this journal. */
  public ExchangeObserver fossilObserver() {
    return new Recorder(ledger);
  }

  /** Keeps nothing more until {@link #start()}: for a test that measures how fast something is. */
  public void stop() {
    ledger.run(false);
  }

  /** Keeps what happens from now on; it does so unless it was stopped. */
  public void start() {
    ledger.run(true);
  }

  /** Forgets everything so far. */
  public void clear() {
    ledger.clear();
  }

  /** A place in the journal: after everything that is in it now. */
  public Mark mark() {
    return new Mark(ledger.last());
  }

  /** A place in a journal. */
  public static final class Mark {
    private final long number;

    private Mark(long number) {
      this.number = number;
    }
  }

  /** What happened after a place. */
  public JournalQuery<Entries> since(Mark mark) {
    return new JournalQuery<>() {
      @Override
      Entries select(String what, Predicate<JournalEntry> meant) {
        return entries(what, meant, mark.number);
      }
    };
  }

  @Override
  Entries select(String what, Predicate<JournalEntry> meant) {
    return entries(what, meant, 0);
  }

  private Entries entries(String what, Predicate<JournalEntry> meant, long after) {
    return new Entries(what, ledger.find(seen.and(meant), after));
  }

  /** Waits for something to happen that may have happened already. */
  public JournalQuery<Expectation> await() {
    return awaiting(0);
  }

  /** Waits for something to happen after a place. */
  public JournalQuery<Expectation> awaitSince(Mark mark) {
    return awaiting(mark.number);
  }

  private JournalQuery<Expectation> awaiting(long after) {
    return new JournalQuery<>() {
      @Override
      Expectation select(String what, Predicate<JournalEntry> meant) {
        return new Expectation(Journal.this, what, meant, after, 1);
      }
    };
  }

  /** Collects entries until there are enough; false when there are too few in the end. */
  boolean await(
      Predicate<JournalEntry> meant,
      long after,
      int count,
      List<JournalEntry> found,
      Duration patience) {
    return ledger.await(seen.and(meant), after, count, found, patience);
  }

  /** The last entries, a line for each; to be read by people. */
  public String tail() {
    return tail(TAIL);
  }

  /** The last so many entries, a line for each. */
  public String tail(int count) {
    return tail(count, entry -> true);
  }

  /** The last so many of the entries that satisfy a condition, a line for each. */
  public String tail(int count, Predicate<JournalEntry> meant) {
    List<JournalEntry> all = new ArrayList<>(ledger.find(seen.and(meant), 0));
    if (all.isEmpty()) {
      return ledger.runs() ? "(nothing has happened)" : "(the journal was stopped)";
    }
    int skip = Math.max(0, all.size() - count);
    return (skip > 0 || all.get(0).number() > 1 ? "…\n" : "")
        + all.stream().skip(skip).map(JournalEntry::toString).collect(Collectors.joining("\n"));
  }
}
