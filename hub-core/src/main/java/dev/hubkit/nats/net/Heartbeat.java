package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pings one client, to find out whether it is still there and how long a round trip takes.
 * Thread-safe.
 */
final class Heartbeat {
  /** The connection that is pinged. */
  interface Target extends ConnectionControl {
    /** Returns whether an answer can be expected soon. */
    boolean isReachable();

    /** Returns whether the client came over WebSocket. */
    boolean isWebSocket();

    /** Sends a ping. */
    void ping();
  }

  private static final Log log = Log.of(Heartbeat.class);
  // firstClientPingInterval of nats-server: the first ping comes early, to measure the round trip.
  private static final long FIRST_PING_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long RTT_INTERVAL_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Target connection;
  private final ClientContext context;
  private final long openedAt;

  // Guarded by this object's monitor.
  private @Nullable Timer timer;
  // Counts the timers: one that was replaced while its task began pings nobody.
  private long round;
  private int pingsOut;
  private boolean awaitsPong;
  private long pingSentAt;
  private boolean measured;

  private volatile long roundTripNanos;
  private volatile long lastActivity;

  Heartbeat(Target connection, ClientContext context) {
    this.connection = connection;
    this.context = context;
    this.openedAt = context.time().nanoTime();
    this.lastActivity = openedAt;
  }

  /** Schedules the first ping after the usual interval. */
  void start() {
    schedule(interval());
  }

  /** Schedules the first ping soon, now that the client has connected. */
  void hasten() {
    schedule(Math.min(FIRST_PING_NANOS, interval()));
  }

  /** Takes the time of the answer to INFO as the round trip, until a ping measures it better. */
  void introduced() {
    if (roundTripNanos == 0) {
      roundTripNanos = Math.max(1, time().nanoTime() - openedAt);
    }
  }

  /** Notes that the client has sent something. */
  void onActivity() {
    lastActivity = time().nanoTime();
  }

  /** Notes that the client has answered a ping. */
  synchronized void ponged() {
    pingsOut = 0;
    measured = true;
    answered();
    roundTripNanos = Math.max(1, time().nanoTime() - pingSentAt);
  }

  /** Stops pinging. */
  synchronized void stop() {
    cancel();
    answered();
  }

  /** Returns when the client last sent something, in nanoseconds of the server's monotonic time. */
  long lastActivity() {
    return lastActivity;
  }

  /** Returns the last round trip of a ping in nanoseconds; 0 when none has been measured. */
  long roundTripNanos() {
    return roundTripNanos;
  }

  private void schedule(long nanos) {
    // Not all clients at once.
    long delay = nanos + ThreadLocalRandom.current().nextLong(nanos / 5 + 1);
    synchronized (this) {
      if (connection.isOpen()) {
        cancel();
        scheduleNext(delay);
      }
    }
  }

  // With this object's monitor held.
  private void scheduleNext(long delay) {
    round++;
    long current = round;
    timer = time().schedule(delay, new SupervisedTask(() -> due(current), connection));
  }

  private void due(long ofRound) {
    WorkStep.HEARTBEAT_DUE.reach();
    long now = time().nanoTime();
    boolean send;
    boolean stale;
    synchronized (this) {
      if (ofRound != round) {
        return;
      }
      boolean measure = !measured || now - pingSentAt > RTT_INTERVAL_NANOS;
      send = now - lastActivity >= interval() || measure;
      if (send) {
        pingsOut++;
        if (!awaitsPong && connection.isOpen() && connection.isReachable()) {
          awaitsPong = true;
          context.pings().pinged();
        }
        pingSentAt = now;
      }
      stale = send && pingsOut > connection.limits().maxPingsOut();
    }
    if (stale) {
      log.debug("{} - Stale Client Connection - Closing", connection);
      connection.fail(CloseReason.STALE_CONNECTION, "Stale Connection");
      return;
    }
    if (send) {
      connection.ping();
    }
    synchronized (this) {
      if (connection.isOpen() && ofRound == round) {
        scheduleNext(interval());
      }
    }
  }

  // With this object's monitor held.
  private void answered() {
    if (awaitsPong) {
      awaitsPong = false;
      context.pings().answered();
    }
  }

  // With this object's monitor held.
  private void cancel() {
    round++;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private long interval() {
    Limits limits = connection.limits();
    return Nanos.of(
        connection.isWebSocket() ? limits.webSocketPingInterval() : limits.pingInterval());
  }

  private TimeSource time() {
    return context.time();
  }
}
