package dev.hubkit.time;

import java.time.Duration;

/**
 * Arithmetic with nanoseconds from outside. A result beyond 64 bits becomes the largest or smallest
 * value, some 292 years away, so that no duration from outside changes its sign or causes an
 * exception.
 */
public final class Nanos {
  private static final long SECOND = 1_000_000_000L;

  private Nanos() {}

  /** The nanoseconds of a duration. */
  public static long of(Duration duration) {
    long seconds = duration.getSeconds();
    return plus(ofSeconds(seconds), duration.getNano());
  }

  /** The nanoseconds of a number of seconds. */
  public static long ofSeconds(long seconds) {
    if (seconds > Long.MAX_VALUE / SECOND) {
      return Long.MAX_VALUE;
    }
    return seconds < Long.MIN_VALUE / SECOND ? Long.MIN_VALUE : seconds * SECOND;
  }

  /** {@code a + b}. */
  public static long plus(long a, long b) {
    long sum = a + b;
    // The sign of the sum differs from the sign of both.
    return ((a ^ sum) & (b ^ sum)) < 0 ? end(a) : sum;
  }

  /** {@code a - b}. */
  public static long minus(long a, long b) {
    long difference = a - b;
    return ((a ^ b) & (a ^ difference)) < 0 ? end(a) : difference;
  }

  private static long end(long sign) {
    return sign < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }
}
