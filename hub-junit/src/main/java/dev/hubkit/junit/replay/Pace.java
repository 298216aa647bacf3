package dev.hubkit.junit.replay;

import java.time.Duration;

/** How fast messages are published again. Immutable. */
public final class Pace {
  private static final Pace AS_RECORDED = new Pace(1);
  private static final Pace AS_FAST_AS_POSSIBLE = new Pace(Double.POSITIVE_INFINITY);

  private final double factor;

  private Pace(double factor) {
    this.factor = factor;
  }

  /** Returns the pace of the recording: the same times between messages, in the hub's time. */
  public static Pace asRecorded() {
    return AS_RECORDED;
  }

  /**
   * Returns a multiple of the pace of the recording: by 10, an hour of the recording takes six
   * minutes of the hub's time.
   *
   * @throws IllegalArgumentException if the factor is not a positive number
   */
  public static Pace times(double factor) {
    if (!(factor > 0) || Double.isInfinite(factor)) {
      throw new IllegalArgumentException("The factor of a pace must be positive: " + factor);
    }
    return new Pace(factor);
  }

  /** Returns the pace that does not wait for the time between messages, whatever the hub's time. */
  public static Pace asFastAsPossible() {
    return AS_FAST_AS_POSSIBLE;
  }

  /** Returns how long a time of the recording takes. */
  Duration of(Duration recorded) {
    if (factor == 1) {
      return recorded;
    }
    return Duration.ofNanos((long) (recorded.toNanos() / factor));
  }

  boolean waits() {
    return !Double.isInfinite(factor);
  }

  @Override
  public String toString() {
    return factor == 1 ? "as recorded" : waits() ? "times " + factor : "as fast as possible";
  }
}
