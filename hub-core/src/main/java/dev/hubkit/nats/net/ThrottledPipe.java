package dev.hubkit.nats.net;

import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in transit in one direction, which can be stalled, throttled, delayed and damaged.
 * Thread-safe, for faults come and go while bytes are in transit; one thread at a time takes them
 * out.
 */
final class ThrottledPipe {
  private static final long SECOND = 1_000_000_000L;
  // The part of a second's bytes that passes at once.
  private static final int SLICES = 20;
  private static final byte DAMAGE = 0x10;

  private final TimeSource time;
  private final Runnable wake;
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
  private int underWay;
  private boolean stalled;
  private long rate;
  private long delay;
  private int every;
  private long taken;
  private long allowance;
  private long counted;
  private @Nullable Timer timer;

  private record Chunk(long due, ByteBuffer bytes) {}

  /**
   * Makes an empty pipe.
   *
   * @param wake runs, on the thread of the time source, when there is more to take from {@link
   *     #next()}
   */
  ThrottledPipe(TimeSource time, Runnable wake) {
    this.time = time;
    this.wake = wake;
    this.counted = time.nanoTime();
  }

  synchronized void stall(boolean on) {
    stalled = on;
  }

  /** Limits the rate to so many bytes a second; 0 for no limit. */
  synchronized void limit(long bytesPerSecond) {
    rate = bytesPerSecond;
    allowance = 0;
    counted = time.nanoTime();
  }

  /** Delays the bytes that come from now on. */
  synchronized void delay(long nanos) {
    delay = nanos;
  }

  /** Damages one byte in {@code everyByte} of those that come from now on; 0 for none. */
  synchronized void corrupt(int everyByte) {
    every = everyByte;
    taken = 0;
  }

  /** Accepts bytes as long as fewer than {@code most} are in transit. */
  synchronized void take(ByteBuffer from, int most) {
    int count = Math.min(from.remaining(), most - underWay);
    if (count <= 0) {
      return;
    }
    byte[] bytes = new byte[count];
    from.get(bytes);
    if (every > 0) {
      for (int i = 0; i < count; i++) {
        if (++taken % every == 0) {
          bytes[i] ^= DAMAGE;
        }
      }
    }
    underWay += count;
    chunks.add(new Chunk(time.nanoTime() + delay, ByteBuffer.wrap(bytes)));
  }

  /**
   * Returns the next bytes that have arrived, as many as may pass now; null when there are none. A
   * caller that takes some of them calls {@link #passed}.
   */
  synchronized @Nullable ByteBuffer next() {
    cancel();
    Chunk head = chunks.peek();
    if (head == null || stalled) {
      return null;
    }
    long wait = head.due() - time.nanoTime();
    if (wait > 0) {
      timer = time.schedule(wait, wake);
      return null;
    }
    int length = head.bytes().remaining();
    if (rate > 0) {
      long allowed = allowance();
      long slice = Math.min(length, Math.max(1, rate / SLICES));
      if (allowed < slice) {
        timer = time.schedule(nanosFor(slice - allowed), wake);
        return null;
      }
      length = (int) Math.min(length, allowed);
    }
    return head.bytes().slice(head.bytes().position(), length);
  }

  private long allowance() {
    long now = time.nanoTime();
    long earned = (long) ((double) (now - counted) * rate / SECOND);
    if (earned > 0) {
      counted += nanosFor(earned);
      allowance = Math.min(allowance + earned, Math.max(1, rate / SLICES));
    }
    return allowance;
  }

  private long nanosFor(long bytes) {
    return (long) Math.ceil((double) bytes * SECOND / rate);
  }

  /** Removes the first {@code count} of the bytes that {@link #next()} returned. */
  synchronized void passed(int count) {
    Chunk head = chunks.element();
    head.bytes().position(head.bytes().position() + count);
    underWay -= count;
    if (rate > 0) {
      allowance -= count;
    }
    if (!head.bytes().hasRemaining()) {
      chunks.remove();
    }
  }

  /** Returns how many bytes are in transit. */
  synchronized int underWay() {
    return underWay;
  }

  /** Returns whether it has no fault and nothing in transit. */
  synchronized boolean isClear() {
    return !stalled && rate == 0 && delay == 0 && every == 0 && chunks.isEmpty();
  }

  /** Drops everything. */
  synchronized void clear() {
    cancel();
    chunks.clear();
    underWay = 0;
  }

  private void cancel() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
