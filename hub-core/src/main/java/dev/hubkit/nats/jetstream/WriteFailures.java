package dev.hubkit.nats.jetstream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.store.StoreException;
import org.jspecify.annotations.Nullable;

/** What keeps a stream from being written. On the stream's lane, but for {@link #last}. */
final class WriteFailures {
  private static final Log log = Log.of(WriteFailures.class);
  private static final long REPORT_INTERVAL = 1_000_000_000;

  private final Stream stream;
  private @Nullable Long reported; // when a failure was last logged
  private volatile String last = "";

  WriteFailures(Stream stream) {
    this.stream = stream;
  }

  /** Logs that the store failed; once a second, as a full disk makes every message fail. */
  void add(StoreException failure) {
    last = String.valueOf(failure.getMessage());
    long now = stream.time().nanoTime();
    if (reported == null || now - reported >= REPORT_INTERVAL) {
      reported = now;
      log.error("Stream {} could not write", stream.name(), failure);
    }
  }

  /** What was to be written has been. */
  void over() {
    if (!last.isEmpty()) {
      last = "";
    }
  }

  /** Why the last of what was to be written was not; empty when it was. Any thread. */
  String last() {
    return last;
  }
}
