package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.work.Health;
import org.jspecify.annotations.Nullable;

/**
 * Reports failed writes of a stream to the log and to health checks. Confined to the stream's
 * executor, except for {@link #last}.
 */
public final class WriteFailures {
  private static final Log log = Log.of(WriteFailures.class);
  private static final long REPORT_INTERVAL = 1_000_000_000;

  private final PublishContext stream;
  private final Health.Part health;
  private @Nullable Long reported; // when a failure was last logged
  private boolean lasting;
  private volatile String last = "";

  public WriteFailures(PublishContext stream) {
    this.stream = stream;
    this.health = stream.jetStream().health().stream(stream.account().name(), stream.name());
  }

  /**
   * Notes a failure of the store; logs it at most once a second, as a full disk makes every message
   * fail.
   */
  public void add(StoreException failure) {
    if (lasting) {
      return;
    }
    last = String.valueOf(failure.getMessage());
    long now = stream.time().nanoTime();
    if (reported == null || now - reported >= REPORT_INTERVAL) {
      reported = now;
      log.error("Stream {} cannot write its messages", stream.name(), failure);
    }
  }

  /** Notes a successful write. */
  public void clear() {
    if (!lasting && !last.isEmpty()) {
      last = "";
    }
  }

  /** Notes that the stream takes no messages until a restart, and reports it to health checks. */
  public void failUntilRestart() {
    if (lasting) {
      return;
    }
    lasting = true;
    last = ""; // reported by health checks from here on
    health.report("closed for writing until a restart");
    log.error(
        "{} has failed in the middle of a change and is closed for writing. Restart the server: all"
            + " acknowledged messages will be there",
        stream);
  }

  /** Withdraws the reports, because the stream ends. */
  public void close() {
    health.remove();
  }

  /** Returns why the last write failed; empty if it succeeded. Any thread. */
  public String last() {
    return last;
  }
}
