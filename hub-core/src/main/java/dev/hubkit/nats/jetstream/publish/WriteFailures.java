package dev.hubkit.nats.jetstream.publish;

import dev.hubkit.log.Log;
import dev.hubkit.nats.jetstream.store.StoreException;
import dev.hubkit.work.Health;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a stream from being written. Confined to the stream's executor, except for {@link
 * #last}.
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

  /** Logs that the store failed; once a second, as a full disk makes every message fail. */
  public void add(StoreException failure) {
    if (lasting) {
      return;
    }
    last = String.valueOf(failure.getMessage());
    long now = stream.time().nanoTime();
    if (reported == null || now - reported >= REPORT_INTERVAL) {
      reported = now;
      log.error("Stream {} could not write", stream.name(), failure);
    }
  }

  /** What was to be written has been. */
  public void clear() {
    if (!lasting && !last.isEmpty()) {
      last = "";
    }
  }

  /** The stream takes no more until a restart, which health checks are to tell. */
  public void failUntilRestart() {
    if (lasting) {
      return;
    }
    lasting = true;
    last = ""; // health tells of it
    health.report("closed for writing until a restart");
    log.error(
        "{} has failed in the middle of a change, and is closed for writing. What was acknowledged"
            + " is there after a restart of the server",
        stream);
  }

  /** The stream ends, and its trouble with it. */
  public void close() {
    health.remove();
  }

  /** Why the last of what was to be written was not; empty when it was. Any thread. */
  public String last() {
    return last;
  }
}
