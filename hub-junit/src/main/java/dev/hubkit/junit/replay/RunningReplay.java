package dev.hubkit.junit.replay;

import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.time.DurationText;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A replay that is under way. It ends when all messages are published, when it is stopped, when the
 * server refuses a message, and with the test. Thread-safe.
 */
public final class RunningReplay implements AutoCloseable {
  private static final String NAME = "replay";

  private final TimeSource time;
  private final List<ScheduledMessage> messages;
  private final Pace pace;
  private final Map<String, ReplayConnection> connections = new HashMap<>();
  private final long start;

  // Held while a message is published.
  private final Object turn = new Object();
  // Guarded by this object's monitor, which is notified of changes.
  private int published;
  private boolean done;
  private String failure = "";
  private @Nullable Timer timer;

  RunningReplay(
      TimeSource time,
      List<ScheduledMessage> messages,
      Pace pace,
      NatsServer server,
      @Nullable ClientCredentials credentials) {
    this.time = time;
    this.messages = List.copyOf(messages);
    this.pace = pace;
    boolean connected = false;
    try {
      for (ScheduledMessage each : messages) {
        connections.computeIfAbsent(
            name(each), name -> ReplayConnection.open(server, name, credentials));
      }
      connected = true;
    } finally {
      if (!connected) {
        connections.values().forEach(ReplayConnection::close);
      }
    }
    start = time.nanoTime();
  }

  private static String name(ScheduledMessage each) {
    return each.message().connection().orElse(NAME);
  }

  void start() {
    if (pace.waits()) {
      publishDue();
    } else {
      Thread publisher = new Thread(this::publishDue, "hub-junit-replay");
      publisher.setDaemon(true);
      publisher.start();
    }
  }

  // Runs on the thread of the hub's timers, so that what falls due by an advance is published when
  // the advance returns.
  private void publishDue() {
    synchronized (turn) {
      ScheduledMessage next = next();
      while (next != null && isDue(next)) {
        publish(next);
        next = next();
      }
      if (next != null) {
        schedule(next);
      }
    }
  }

  private synchronized @Nullable ScheduledMessage next() {
    return done ? null : messages.get(published);
  }

  private boolean isDue(ScheduledMessage message) {
    return left(message) <= 0;
  }

  private long left(ScheduledMessage message) {
    return pace.waits() ? start + message.due().toNanos() - time.nanoTime() : 0;
  }

  private synchronized void schedule(ScheduledMessage next) {
    if (!done) {
      timer = time.schedule(left(next), this::publishDue);
    }
  }

  private void publish(ScheduledMessage next) {
    ReplayConnection connection = connections.get(name(next));
    if (connection == null) {
      throw new IllegalStateException("No connection " + name(next));
    }
    String problem = "";
    try {
      connection.publish(next.message());
      if (published() == messages.size() - 1) {
        for (ReplayConnection each : connections.values()) {
          each.flush();
        }
      }
    } catch (IOException e) {
      problem = connection.end(e);
    }
    if (!connection.error().isEmpty()) {
      problem = connection.error();
    }
    synchronized (this) {
      if (problem.isEmpty()) {
        published++;
      }
      if (!problem.isEmpty() || published == messages.size()) {
        failure = problem;
        end();
      }
    }
  }

  // Under the monitor.
  private void end() {
    done = true;
    Timer waiting = timer;
    if (waiting != null) {
      waiting.cancel();
    }
    connections.values().forEach(ReplayConnection::close);
    notifyAll();
  }

  /** Returns how many messages are to be published. */
  public int total() {
    return messages.size();
  }

  /** Returns how many messages have been published. */
  public synchronized int published() {
    return published;
  }

  /** Returns whether the replay has ended, for whatever reason. */
  public synchronized boolean isDone() {
    return done;
  }

  /**
   * Returns the hub's time from now until the last message is due: with a frozen clock, {@code
   * hub.time().advance(replay.remaining())} publishes all.
   */
  public Duration remaining() {
    if (isDone()) {
      return Duration.ZERO;
    }
    return Duration.ofNanos(Math.max(0, left(messages.get(messages.size() - 1))));
  }

  /**
   * Waits until all messages are published.
   *
   * @param patience how long to wait, by the machine's clock
   * @return this
   * @throws AssertionError if they are not published in time, the server has refused one, or the
   *     replay was stopped
   */
  public synchronized RunningReplay await(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      for (long left = patience.toNanos(); !done && left > 0; left = end - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (published < messages.size()) {
      throw new AssertionError(
          "The replay has published "
              + published
              + " of "
              + messages.size()
              + " messages"
              + (failure.isEmpty()
                  ? done
                      ? " and was stopped"
                      : " within "
                          + DurationText.of(patience)
                          + "; the next is due in "
                          + DurationText.of(Duration.ofNanos(left(messages.get(published))))
                          + " of the hub's time, which hub.time().advance(…) lets pass"
                  : "; then: " + failure));
    }
    return this;
  }

  /** Stops the replay. When this returns, it publishes nothing more. */
  public void stop() {
    synchronized (this) {
      if (!done) {
        end();
      }
    }
    synchronized (turn) {
      // Whatever was being published is.
    }
  }

  /** Stops the replay. */
  @Override
  public void close() {
    stop();
  }

  @Override
  public synchronized String toString() {
    return "replay of "
        + messages.size()
        + " messages, "
        + pace
        + ": "
        + published
        + " published"
        + (done ? ", ended" : "");
  }
}
