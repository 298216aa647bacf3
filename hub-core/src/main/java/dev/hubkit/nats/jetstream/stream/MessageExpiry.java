package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.runtime.CommandLog;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.jetstream.store.ExpiryHandler;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.time.GoDuration;
import dev.hubkit.time.Timer;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Removes messages of a stream that are older than its maximum age, or whose time to live has
 * passed. Confined to the stream's executor.
 */
final class MessageExpiry {
  // A timer of Long.MAX_VALUE nanoseconds would overflow clocks that add the current time.
  private static final long LONGEST_WAIT = 365L * 24 * 3_600_000_000_000L;

  private static final long SECOND = 1_000_000_000L;
  private static final long RETRY = SECOND;
  private static final byte[] NOTHING = new byte[0];

  private final StreamContext stream;
  private @Nullable Timer timer;
  private long scheduled = Long.MAX_VALUE;
  // Null in a stream without replicas; then whether a command is under way.
  private @Nullable CommandLog log;
  private boolean proposed;
  private boolean failed; // whether the last run failed, which must not be repeated at once

  MessageExpiry(StreamContext stream) {
    this.stream = stream;
  }

  /** Has messages expire on all replicas when the leader says so. */
  void replicate(CommandLog commands) {
    log = commands;
    close();
  }

  /** Notes that another replica leads, or this one again. */
  void leaderChanged() {
    proposed = false;
    close();
    reschedule();
  }

  private boolean waits() {
    CommandLog commands = log;
    return commands != null && (proposed || !commands.isLeading());
  }

  /** Sets the timer for the next message that expires; costs little when that has not changed. */
  public void reschedule() {
    boolean isSet = stream.store().isUsable() && !waits();
    long next = isSet ? stream.store().nextExpiry() : Long.MAX_VALUE;
    if (next == scheduled) {
      return;
    }
    close();
    if (next != Long.MAX_VALUE) {
      long delay = Math.max(failed ? RETRY : 0, next - stream.time().epochNanos());
      timer = stream.time().schedule(Math.min(delay, LONGEST_WAIT), this::onTimer);
    }
    scheduled = next;
  }

  // Runs on the thread of the timers.
  private void onTimer() {
    stream.executor().execute(this::expire);
  }

  private void expire(WorkBatch batch) {
    if (stream.isClosed()) {
      return;
    }
    scheduled = Long.MAX_VALUE;
    CommandLog commands = log;
    if (commands == null) {
      expire(stream.time().epochNanos(), batch);
    } else if (!waits()) {
      proposed = true;
      commands.propose(new StreamCommand.Expire(stream.time().epochNanos()));
    }
  }

  /** Removes what has expired at a time, as the leader has said. */
  void apply(StreamCommand.Expire command, WorkBatch batch) {
    proposed = false;
    expire(command.time(), batch);
  }

  private void expire(long now, WorkBatch batch) {
    failed = true;
    WorkStep.EXPIRY_DUE.reach();
    ExpiryHandler handler =
        stream.config().subjectDeleteMarkerTtl() > 0
            ? (message, last) -> !last || isMarker(message) || !mark(message.subject(), batch)
            : ExpiryHandler.REMOVE;
    stream.store().expire(now, handler);
    failed = false;
  }

  private static boolean isMarker(StoredMessage message) {
    byte[] header = message.header();
    return !HeaderLines.value(header, PublishHeaders.Name.MARKER_REASON.text()).isEmpty()
        || HeaderLines.value(header, "KV-Operation").equals("PURGE");
  }

  /** Stores a delete marker, which replaces the last message of the subject (ADR-43). */
  private boolean mark(String subject, WorkBatch batch) {
    long before = stream.store().lastSequence();
    String ttl = GoDuration.format(stream.config().subjectDeleteMarkerTtl() / SECOND * SECOND);
    String header =
        "NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: "
            + ttl
            + "\r\nNats-Rollup: sub\r\n\r\n";
    stream.store(subject, header.getBytes(StandardCharsets.ISO_8859_1), NOTHING, batch);
    // A full stream may have refused the marker; then the message is removed without one.
    return stream.store().lastSequence() > before;
  }

  public void close() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    scheduled = Long.MAX_VALUE;
  }
}
