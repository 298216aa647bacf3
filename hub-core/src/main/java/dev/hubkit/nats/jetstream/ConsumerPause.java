package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Batch;
import java.time.OffsetDateTime;

/**
 * The pause of a consumer, which holds its deliveries until a moment that the configuration names.
 * On the stream's lane.
 */
final class ConsumerPause {
  private final ConsumerScope consumer;
  private final ConsumerAdvisories advisories;
  private final LaneTimer end;

  ConsumerPause(ConsumerScope consumer, ConsumerAdvisories advisories) {
    this.consumer = consumer;
    this.advisories = advisories;
    Stream stream = consumer.stream();
    this.end = new LaneTimer(stream.time(), stream.lane(), this::resume);
  }

  boolean isPaused() {
    OffsetDateTime until = consumer.config().pauseUntil();
    return until != null && left(until) > 0;
  }

  /** Begins to keep to the configuration in force. */
  void apply() {
    end.cancel();
    OffsetDateTime until = consumer.config().pauseUntil();
    if (until != null && left(until) > 0) {
      end.set(left(until));
    }
  }

  private long left(OffsetDateTime until) {
    long now = consumer.stream().time().epochNanos();
    long at = Rfc3339.epochNanos(until);
    return at > now ? at - now : 0;
  }

  private void resume(Batch batch) {
    advise(batch);
    consumer.wake(batch);
  }

  /** Tells whether, and until when, deliveries are held. */
  void advise(Batch batch) {
    advisories.paused(consumer.config().pauseUntil(), isPaused(), batch);
  }

  /** Tells that deliveries are held, if they are. */
  void adviseIfPaused(Batch batch) {
    if (isPaused()) {
      advise(batch);
    }
  }

  void close() {
    end.cancel();
  }
}
