package dev.hubkit.time;

import java.time.Duration;

/**
 * A clock that shows another time of the day than the one it follows; its timers run as there.
 * Thread-safe.
 */
public final class SkewedTimeSource implements TimeSource {
  private final TimeSource time;
  private volatile long skew;

  /** Makes a clock that follows another one, and shows the same time until it is told otherwise. */
  public SkewedTimeSource(TimeSource time) {
    this.time = time;
  }

  /**
   * Has it be ahead of the other clock from now on.
   *
   * @param ahead by how much; negative for behind
   */
  public void skew(Duration ahead) {
    skew = Nanos.of(ahead);
  }

  /** Returns by how much it is ahead of the other clock; negative for behind. */
  public Duration skew() {
    return Duration.ofNanos(skew);
  }

  @Override
  public long epochNanos() {
    return Nanos.plus(time.epochNanos(), skew);
  }

  @Override
  public long nanoTime() {
    return time.nanoTime();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    return time.schedule(delayNanos, task);
  }
}
