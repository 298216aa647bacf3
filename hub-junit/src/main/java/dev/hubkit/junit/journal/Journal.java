package dev.hubkit.junit.journal;

import dev.hubkit.fossil.web.ExchangeObserver;
import dev.hubkit.junit.journal.JournalEntry.Kind;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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
public final class Journal extends Selector<Entries> {
  /** How many entries are kept at most. */
  public static final int MOST_ENTRIES = 20_000;

  /** How many bytes the entries may take, roughly. */
  public static final int MOST_BYTES = 16 << 20;

  /** How many bytes of a payload are kept. */
  public static final int KEPT_PAYLOAD = 4096;

  private static final int TAIL = 40;

  private final TimeSource time;
  private final Recorder recorder = new Recorder();
  private final ArrayDeque<JournalEntry> entries = new ArrayDeque<>();
  private long last;
  private long bytes;
  private int waiting;
  private volatile boolean recording = true;

  /**
   * Makes an empty journal.
   *
   * @param time stamps its entries
   */
  public Journal(TimeSource time) {
    this.time = time;
  }

  /** What a NATS server is started with to have its clients in this journal. */
  public TrafficObserver natsObserver() {
    return recorder;
  }

  /** What a Fossil server is started with to have its exchanges in this journal. */
  public ExchangeObserver fossilObserver() {
    return recorder;
  }

  /** Keeps nothing more until {@link #start()}: for a test that measures how fast something is. */
  public void stop() {
    recording = false;
  }

  /** Keeps what happens from now on; it does so unless it was stopped. */
  public void start() {
    recording = true;
  }

  /** Forgets everything so far. */
  public synchronized void clear() {
    entries.clear();
    bytes = 0;
  }

  /** A place in the journal: after everything that is in it now. */
  public synchronized Mark mark() {
    return new Mark(last);
  }

  /** A place in a journal. */
  public static final class Mark {
    private final long number;

    private Mark(long number) {
      this.number = number;
    }
  }

  /** What happened after a place. */
  public Selector<Entries> since(Mark mark) {
    return new Selector<>() {
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

  private synchronized Entries entries(String what, Predicate<JournalEntry> meant, long after) {
    List<JournalEntry> found = new ArrayList<>();
    for (JournalEntry entry : entries) {
      if (entry.number() > after && meant.test(entry)) {
        found.add(entry);
      }
    }
    return new Entries(what, found);
  }

  /** Waits for something to happen that may have happened already. */
  public Selector<Expectation> await() {
    return awaiting(0);
  }

  /** Waits for something to happen after a place. */
  public Selector<Expectation> awaitSince(Mark mark) {
    return awaiting(mark.number);
  }

  private Selector<Expectation> awaiting(long after) {
    return new Selector<>() {
      @Override
      Expectation select(String what, Predicate<JournalEntry> meant) {
        return new Expectation(Journal.this, what, meant, after, 1);
      }
    };
  }

  /** Collects entries until there are enough; false when there are too few in the end. */
  synchronized boolean await(
      Predicate<JournalEntry> meant,
      long after,
      int count,
      List<JournalEntry> found,
      Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    long seen = after;
    waiting++;
    try {
      while (true) {
        seen = collect(meant, seen, count, found);
        long left = end - System.nanoTime();
        if (found.size() >= count || left <= 0) {
          return found.size() >= count;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiting--;
    }
  }

  // From the end backwards to where it was looked last, for that is mostly near.
  private long collect(
      Predicate<JournalEntry> meant, long seen, int count, List<JournalEntry> found) {
    List<JournalEntry> fresh = new ArrayList<>();
    Iterator<JournalEntry> backwards = entries.descendingIterator();
    while (backwards.hasNext()) {
      JournalEntry entry = backwards.next();
      if (entry.number() <= seen) {
        break;
      }
      fresh.add(entry);
    }
    for (int i = fresh.size() - 1; i >= 0 && found.size() < count; i--) {
      if (meant.test(fresh.get(i))) {
        found.add(fresh.get(i));
      }
    }
    return last;
  }

  /** The last entries, a line for each; to be read by people. */
  public String tail() {
    return tail(TAIL);
  }

  /** The last so many entries, a line for each. */
  public synchronized String tail(int count) {
    if (entries.isEmpty()) {
      return recording ? "(nothing has happened)" : "(the journal was stopped)";
    }
    StringBuilder lines = new StringBuilder();
    int skip = Math.max(0, entries.size() - count);
    if (skip > 0 || entries.getFirst().number() > 1) {
      lines.append("…\n");
    }
    entries.stream().skip(skip).forEach(entry -> lines.append(entry).append('\n'));
    return lines.substring(0, lines.length() - 1);
  }

  private void add(JournalEntry.Builder entry) {
    synchronized (this) {
      JournalEntry made = entry.build(++last, time.now());
      entries.add(made);
      bytes += made.size();
      while (entries.size() > MOST_ENTRIES || (bytes > MOST_BYTES && entries.size() > 1)) {
        bytes -= entries.remove().size();
      }
      if (waiting > 0) {
        notifyAll();
      }
    }
  }

  /** Writes down what servers tell. */
  private final class Recorder implements TrafficObserver, ExchangeObserver {
    private static final byte[] NOTHING = {};

    private JournalEntry.Builder of(Kind kind, Connection client) {
      User user = client.user();
      return new JournalEntry.Builder(kind)
          .client(
              client.id(), client.options().name(), user == null ? null : user.account().name());
    }

    private JournalEntry.Builder message(Kind kind, Connection client, Message message) {
      int kept = Math.min(message.payloadLength(), KEPT_PAYLOAD);
      int from = message.payloadOffset();
      return of(kind, client)
          .subject(message.subject(), message.reply())
          .content(
              message.headerLength() == 0 ? NOTHING : message.header(),
              Arrays.copyOfRange(message.buffer(), from, from + kept),
              message.payloadLength());
    }

    @Override
    public void connected(Connection client) {
      if (recording) {
        add(of(Kind.CONNECTED, client));
      }
    }

    @Override
    public void disconnected(Connection client, CloseReason reason) {
      if (recording) {
        add(of(Kind.DISCONNECTED, client).detail(reason.text()));
      }
    }

    @Override
    public void published(Connection client, Message message) {
      if (recording) {
        add(message(Kind.PUBLISHED, client, message));
      }
    }

    @Override
    public void subscribed(Connection client, String subject, @Nullable String queue, String sid) {
      if (recording) {
        add(
            of(Kind.SUBSCRIBED, client)
                .subject(subject, null)
                .sid(sid)
                .detail(queue == null ? "" : "in queue group " + queue));
      }
    }

    @Override
    public void unsubscribed(Connection client, String sid, int max) {
      if (recording) {
        add(
            of(Kind.UNSUBSCRIBED, client)
                .sid(sid)
                .detail(max > 0 ? "after " + max + " messages" : ""));
      }
    }

    @Override
    public void delivered(Connection client, Subscription subscription, Message message) {
      if (recording) {
        add(message(Kind.DELIVERED, client, message).sid(subscription.sid()));
      }
    }

    @Override
    public void received(Connection client, String operation) {
      if (recording) {
        add(of(Kind.RECEIVED, client).detail(operation));
      }
    }

    @Override
    public void sent(Connection client, byte[] line) {
      if (recording) {
        String text = new String(line, StandardCharsets.UTF_8).strip();
        boolean error = text.startsWith("-ERR");
        add(
            of(error ? Kind.ERROR : Kind.SENT, client)
                .detail(error ? text.substring("-ERR".length()).strip() : operation(text)));
      }
    }

    private static String operation(String line) {
      int blank = line.indexOf(' ');
      return blank < 0 ? line : line.substring(0, blank);
    }

    @Override
    public void answered(Exchange exchange) {
      if (recording) {
        String path = URI.create(exchange.uri()).getPath();
        add(
            new JournalEntry.Builder(Kind.EXCHANGED)
                .subject(path == null ? "/" : path, null)
                .detail(exchange.method() + " " + exchange.uri())
                .exchange(exchange.status(), exchange.sync()));
      }
    }
  }
}
