package dev.hubkit.nats.jetstream.consumer;

import java.util.concurrent.TimeUnit;

/** A bucket of bytes that fills at a constant rate. Times are nanoseconds of one clock. */
final class RateLimit {
  private double bytesPerNano;
  private double capacity;
  private double level;
  private long last;

  /**
   * Makes a full bucket.
   *
   * @param bitsPerSecond unsigned
   * @param burst how many bytes the bucket holds
   */
  RateLimit(long bitsPerSecond, long burst, long now) {
    bytesPerNano = unsigned(bitsPerSecond) / 8 / TimeUnit.SECONDS.toNanos(1);
    capacity = burst;
    level = capacity;
    last = now;
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : (value >>> 1) * 2.0;
  }

  /** Changes rate and capacity; what the bucket holds stays. */
  void change(long bitsPerSecond, long burst, long now) {
    level = Math.min(capacity, level + (now - last) * bytesPerNano);
    last = now;
    bytesPerNano = unsigned(bitsPerSecond) / 8 / TimeUnit.SECONDS.toNanos(1);
    capacity = burst;
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
    return (long) Math.ceil(-level / bytesPerNano);
  }
}
