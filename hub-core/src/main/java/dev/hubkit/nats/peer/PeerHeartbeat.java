package dev.hubkit.nats.peer;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether another server is still there and reads what it is sent: pings it, and watches
 * whether the bytes that wait for it become fewer. Thread-safe.
 */
public final class PeerHeartbeat {
  private final PeerLimits settings;
  private final TimeSource time;
  private final PeerOutput output;
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
   * @param stale called when too many pings are unanswered
   * @param stuck called with the reason when the other server has accepted nothing for too long
   */
  public PeerHeartbeat(
      PeerLimits settings,
      TimeSource time,
      PeerOutput output,
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

  public void begin() {
    pingLater();
    watchLater();
  }

  /** Notes that something has arrived. */
  public void onActivity() {
    lastActivity = time.nanoTime();
  }

  public void ping() {
    synchronized (this) {
      pingsOut++;
      pingSentAt = time.nanoTime();
    }
    ping.run();
  }

  /** Notes that a ping has been answered. */
  public void answered() {
    synchronized (this) {
      pingsOut = 0;
      roundTripNanos = Math.max(1, time.nanoTime() - pingSentAt);
    }
    onActivity();
  }

  /** Returns whether all pings have been answered. */
  public synchronized boolean isAnswered() {
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

  // Looks twice in a deadline whether anything was written.
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

  // Otherwise nobody would ever look again.
  private void failed(Throwable failure) {
    stuck.accept("looking after it has failed");
  }

  public synchronized void end() {
    ended = true;
    if (pingTimer != null) {
      pingTimer.cancel();
    }
    if (watchTimer != null) {
      watchTimer.cancel();
    }
  }

  /** Returns the last round trip in nanoseconds; 0 when none has been measured. */
  public long roundTripNanos() {
    return roundTripNanos;
  }

  /** Returns how long nothing has arrived, in nanoseconds. */
  public long idleNanos() {
    return time.nanoTime() - lastActivity;
  }
}
