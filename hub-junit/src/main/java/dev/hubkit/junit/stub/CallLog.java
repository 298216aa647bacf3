package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.MessageView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The last requests to the stubs of a hub, or of a test's part of one. Thread-safe. */
final class CallLog {
  /** The most requests that are kept. */
  static final int MOST_CALLS = 10_000;

  private static final int MOST_BYTES = 16 << 20;

  private final ArrayDeque<StubCall> calls = new ArrayDeque<>();
  private long bytes;
  private long dropped;

  synchronized void add(StubCall call) {
    calls.add(call);
    bytes += size(call);
    trim();
    notifyAll();
  }

  synchronized void replied(StubCall call, MessageView reply) {
    call.replied(reply);
    if (call.isKept()) {
      bytes += reply.payloadLength();
      trim();
    }
    notifyAll();
  }

  private void trim() {
    while (calls.size() > MOST_CALLS || (bytes > MOST_BYTES && calls.size() > 1)) {
      StubCall oldest = calls.remove();
      oldest.drop();
      bytes -= size(oldest);
      dropped++;
    }
  }

  private static long size(StubCall call) {
    long size = call.request().view().payloadLength();
    for (MessageView reply : call.replies()) {
      size += reply.payloadLength();
    }
    return size;
  }

  synchronized List<StubCall> all() {
    return new ArrayList<>(calls);
  }

  /** Returns how many requests are no longer kept. */
  synchronized long dropped() {
    return dropped;
  }

  synchronized void clear() {
    calls.forEach(StubCall::drop);
    calls.clear();
    bytes = 0;
    dropped = 0;
  }

  /** Waits until a condition holds, which changes only with the log. */
  synchronized boolean await(BooleanSupplier condition, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    try {
      while (!condition.getAsBoolean()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
