package dev.hubkit.nats.route;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether another server is still there and takes what it is sent: it is pinged, and it is looked
 * whether what waits for it gets less. Thread-safe.
 */
final class RouteHeartbeat {
  private final RouteSettings settings;
  private final TimeSource time;
  private final RouteOutput output;
  private final Runnable ping;
  private final Runnable stale;
  private final Consumer<String> stuck;
  private volatile long roundTripNanos;
  private volatile long lastActivity;
  // Guarded by this object's monitor.
  private @Nullable Timer pingTimer;
  private @Nullable Timer watchTimer;
  private boolean ended;
  private int pingsOut;
  private long pingSentAt;
  // Of the watching timer.
  private long roundsSeen;
  private int looksStuck;

  /**
   * Does nothing until it is {@linkplain #begin begun}.
   *
   * @param ping sends a ping
   * @param stale called when too many pings have not been answered
   * @param stuck told why when nothing has been taken for too long
   */
  RouteHeartbeat(
      RouteSettings settings,
      TimeSource time,
      RouteOutput output,
      Runnable ping,
      Runnable stale,
      Consumer<String> stuck) {
    this.settings = settings;
    this.time = time;
    this.output = output;
    this.ping = ping;
    this.stale = stale;
    this.stuck = stuck;
    this.lastActivity = time.nanoTime();
  }

  void begin() {
    pingLater();
    watchLater();
  }

  /** Something has come. */
  void onActivity() {
    lastActivity = time.nanoTime();
  }

  void ping() {
    synchronized (this) {
      pingsOut++;
      pingSentAt = time.nanoTime();
    }
    ping.run();
  }

  /** A ping has been answered. */
  void answered() {
    synchronized (this) {
      pingsOut = 0;
      roundTripNanos = Math.max(1, time.nanoTime() - pingSentAt);
    }
    onActivity();
  }

  /** Returns whether all pings have been answered. */
  synchronized boolean isAnswered() {
    return pingsOut == 0;
  }

  private synchronized void pingLater() {
    if (!ended) {
      pingTimer =
          time.schedule(settings.pingInterval(), new SupervisedTask(this::pingDue, this::failed));
    }
  }

  private void pingDue() {
    boolean silent;
    synchronized (this) {
      silent = pingsOut >= settings.maxPingsOut();
    }
    if (silent) {
      stale.run();
      return;
    }
    ping();
    pingLater();
  }

  // Twice in a deadline it is looked whether anything was taken.
  private synchronized void watchLater() {
    if (!ended) {
      Duration half = settings.writeDeadline().dividedBy(2);
      watchTimer = time.schedule(half, new SupervisedTask(this::watch, this::failed));
    }
  }

  private void watch() {
    long rounds = output.rounds();
    boolean waiting = output.pending() > 0 && rounds == roundsSeen;
    roundsSeen = rounds;
    looksStuck = waiting ? looksStuck + 1 : 0;
    if (looksStuck == 2) {
      stuck.accept("nothing was taken for " + settings.writeDeadline());
    } else {
      watchLater();
    }
  }

  // Nobody would ever look again.
  private void failed(Throwable failure) {
    stuck.accept("looking after it has failed");
  }

  synchronized void end() {
    ended = true;
    if (pingTimer != null) {
      pingTimer.cancel();
    }
    if (watchTimer != null) {
      watchTimer.cancel();
    }
  }

  /** Returns the last round trip in nanoseconds; 0 when none has been measured. */
  long roundTripNanos() {
    return roundTripNanos;
  }

  /** Returns how long nothing came, in nanoseconds. */
  long idleNanos() {
    return time.nanoTime() - lastActivity;
  }
}
