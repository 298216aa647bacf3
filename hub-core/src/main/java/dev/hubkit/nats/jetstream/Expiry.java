package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.jetstream.store.ExpiryHandler;
import dev.hubkit.time.Timer;
import org.jspecify.annotations.Nullable;

/** Removes the messages of a stream whose time is over. Confined to the stream's lane. */
final class Expiry {
  // A timer of Long.MAX_VALUE nanoseconds would overflow clocks that add the current time.
  private static final long LONGEST_WAIT = 365L * 24 * 3_600_000_000_000L;

  private final Stream stream;
  private @Nullable Timer timer;
  private long scheduled = Long.MAX_VALUE;

  Expiry(Stream stream) {
    this.stream = stream;
  }

  /** Looks when the next message is due; costs little when that has not changed. */
  void reschedule() {
    long next = stream.store().nextExpiry();
    if (next == scheduled) {
      return;
    }
    close();
    scheduled = next;
    if (next != Long.MAX_VALUE) {
      long delay = Math.max(0, next - stream.time().epochNanos());
      timer =
          stream
              .time()
              .schedule(Math.min(delay, LONGEST_WAIT), () -> stream.lane().execute(this::expire));
    }
  }

  private void expire(Batch batch) {
    if (stream.isClosed()) {
      return;
    }
    scheduled = Long.MAX_VALUE;
    stream.store().expire(stream.time().epochNanos(), ExpiryHandler.REMOVE);
  }

  void close() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    scheduled = Long.MAX_VALUE;
  }
}
