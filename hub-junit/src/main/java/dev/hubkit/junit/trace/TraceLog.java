package dev.hubkit.junit.trace;

import dev.hubkit.junit.fault.CrashObserver;
import dev.hubkit.nats.jetstream.config.StreamObserver;
import dev.hubkit.time.TimeSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a trace shows of a hub besides its journal: messages that streams have stored and removed,
 * and what a test has done to the hub. It keeps the last {@value #MOST_INCIDENTS}. Thread-safe.
 */
@SuppressWarnings("exports") // the packages of the servers
public final class TraceLog implements StreamObserver, CrashObserver {
  /** The most incidents that a log keeps. */
  static final int MOST_INCIDENTS = 40_000;

  private final TimeSource time;
  private final LongSupplier lastEntry;
  private final ArrayDeque<TraceIncident> incidents = new ArrayDeque<>();

  /**
   * Makes an empty log.
   *
   * @param time the clock of the hub
   * @param lastEntry returns the number of the newest entry of the journal
   */
  public TraceLog(TimeSource time, LongSupplier lastEntry) {
    this.time = time;
    this.lastEntry = lastEntry;
  }

  @Override
  public void stored(
      String account, String stream, long sequence, String subject, @Nullable String reply) {
    add(TraceIncident.Kind.STORED, account, stream, sequence, subject, reply);
  }

  @Override
  public void removed(String account, String stream, long sequence, long messages) {
    add(
        TraceIncident.Kind.REMOVED,
        account,
        stream,
        sequence,
        sequence == 0 ? messages + " messages" : "",
        null);
  }

  @Override
  public void crashed(boolean powerLoss) {
    add(TraceIncident.Kind.CRASH, powerLoss ? "the hub loses its power" : "the hub crashes");
  }

  @Override
  public void recovered() {
    add(TraceIncident.Kind.RECOVERY, "the hub starts again");
  }

  @Override
  public void began(String fault) {
    add(TraceIncident.Kind.FAULT, fault);
  }

  @Override
  public void ended(String fault) {
    add(TraceIncident.Kind.FAULT_END, fault + " (ended)");
  }

  @Override
  public void happened(String what) {
    add(TraceIncident.Kind.FAULT, what);
  }

  /** Notes that the test put the hub back to an earlier state. */
  public void rewound() {
    add(TraceIncident.Kind.REWIND, "the hub is put back to an earlier state");
  }

  private void add(TraceIncident.Kind kind, String text) {
    add(kind, "", "", 0, text, null);
  }

  private synchronized void add(
      TraceIncident.Kind kind,
      String account,
      String stream,
      long sequence,
      String text,
      @Nullable String reply) {
    incidents.add(
        new TraceIncident(
            kind,
            lastEntry.getAsLong(),
            time.epochNanos(),
            System.nanoTime(),
            account,
            stream,
            sequence,
            text,
            reply));
    if (incidents.size() > MOST_INCIDENTS) {
      incidents.remove();
    }
  }

  /** Returns the incidents after an entry of the journal, in their order. */
  synchronized List<TraceIncident> after(long entry) {
    return incidents.stream().filter(each -> each.after() >= entry).toList();
  }
}
