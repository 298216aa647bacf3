package dev.hubkit.nats.jetstream.consumer;

import java.util.concurrent.TimeUnit;

/** A bucket of bytes that fills at a constant rate. Times are nanoseconds of one clock. */
final class RateLimit {
  private final double bytesPerNano;
  private final double capacity;
  private double level;
  private long last;

  /**
   * Makes a full bucket.
   *
   * @param bitsPerSecond unsigned
   * @param burst how many bytes the bucket holds
   */
  RateLimit(long bitsPerSecond, long burst, long now) {
    bytesPerNano = (double) Long.divideUnsigned(bitsPerSecond, 8) / TimeUnit.SECONDS.toNanos(1);
    capacity = burst;
    level = capacity;
    last = now;
  }

  /**
   * Takes bytes out of the bucket, which may leave a debt; returns how many nanoseconds it takes to
   * pay it.
   */
  public long reserve(long bytes, long now) {
    level = Math.min(capacity, level + (now - last) * bytesPerNano) - bytes;
    last = now;
    if (level >= 0) {
      return 0;
    }
    return bytesPerNano == 0 ? Long.MAX_VALUE : (long) Math.ceil(-level / bytesPerNano);
  }
}
