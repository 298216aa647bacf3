package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import java.time.OffsetDateTime;

/**
 * The pause of a consumer, which holds its deliveries until a time in the configuration. Confined
 * to the stream's executor.
 */
public final class ConsumerPause {
  private final ConsumerContext consumer;
  private final ConsumerAdvisories advisories;
  private final SerialTimer end;

  /** The end of the pause, in nanoseconds since the epoch; long ago if there is no pause. */
  private long until = Long.MIN_VALUE;

  ConsumerPause(ConsumerContext consumer, ConsumerAdvisories advisories) {
    this.consumer = consumer;
    this.advisories = advisories;
    StreamContext stream = consumer.stream();
    this.end = new SerialTimer(stream.time(), stream.executor(), this::resume);
  }

  public boolean isPaused() {
    return until != Long.MIN_VALUE && until > now();
  }

  /** Applies the configuration in force. */
  public void apply() {
    OffsetDateTime configured = consumer.config().pauseUntil();
    until = configured == null ? Long.MIN_VALUE : Rfc3339.epochNanos(configured);
    end.cancel();
    if (isPaused()) {
      end.set(until - now());
    }
  }

  private long now() {
    return consumer.stream().time().epochNanos();
  }

  private void resume(WorkBatch batch) {
    advise(batch);
    consumer.wake(batch);
  }

  /** Publishes whether, and until when, deliveries are held. */
  void advise(WorkBatch batch) {
    advisories.paused(consumer.config().pauseUntil(), isPaused(), batch);
  }

  /** Publishes that deliveries are held, if they are. */
  public void adviseIfPaused(WorkBatch batch) {
    if (isPaused()) {
      advise(batch);
    }
  }

  public void close() {
    end.cancel();
  }
}
