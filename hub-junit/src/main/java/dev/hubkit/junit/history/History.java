package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Marked;
import dev.hubkit.time.TimeSource;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What clients published, consumed and acknowledged while it was recorded, and what the application
 * said it did. Unlike the {@link dev.hubkit.junit.journal.Journal}, which drops its oldest entries,
 * a history is complete, or fails to be checked. Thread-safe.
 */
public final class History {
  /** How many events a history may have, unless it is begun with another limit. */
  public static final int MOST_EVENTS = 500_000;

  private static final int MARK_SIZE = 100;

  private final EventLog log;
  private final TimeSource time;
  private final Supplier<String> account;
  private final JetStreamApi jetStream;
  private final Consumer<History> onStop;

  History(
      EventLog log,
      TimeSource time,
      Supplier<String> account,
      JetStreamApi jetStream,
      Consumer<History> onStop) {
    this.log = log;
    this.time = time;
    this.account = account;
    this.jetStream = jetStream;
    this.onStop = onStop;
  }

  EventLog log() {
    return log;
  }

  /**
   * Records that the application did something to which a message moved it, for {@link
   * HistoryCheck#handledAs}.
   *
   * @param what what it did, such as {@code charged}
   * @param key the identity of the message, such as its {@code Nats-Msg-Id} or subject
   */
  public void record(String what, String key) {
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(key, "key");
    Instant now = time.now();
    String thread = Thread.currentThread().getName();
    log.add(
        MARK_SIZE + what.length() + key.length(),
        number -> new Marked(number, now, what, key, thread));
  }

  /** Ends the recording; what was recorded can still be checked. */
  public void stop() {
    log.stop();
    onStop.accept(this);
  }

  /** Returns checks of the whole history, as far as it has been recorded when they are made. */
  public HistoryCheck check() {
    return new HistoryCheck(this::inspect, Selection.EVERYTHING);
  }

  private Inspection inspect(Selection selection) {
    if (log.isFull()) {
      throw new AssertionError(
          "The history is incomplete, so it cannot be checked: it had more than "
              + log.mostEvents()
              + " events, or too large ones. Raise @RecordHistory(limit = …), or record less");
    }
    ServerState server = new ServerState(jetStream);
    server.connect();
    HistoryModel model = HistoryModel.of(log.events(), account.get());
    return new Inspection(model, server, selection, time.now());
  }

  /** Returns the number of events. */
  @Override
  public String toString() {
    return "history of "
        + log.events().size()
        + " events"
        + (log.isFull() ? ", incomplete" : log.isRunning() ? "" : ", ended");
  }
}
