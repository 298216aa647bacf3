package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.wire.Nuid;

/**
 * The one client that gets the messages of a pinned consumer, as long as it keeps asking (ADR-42).
 * Confined to the stream's executor.
 */
public final class PinnedClient {
  private final ConsumerContext consumer;
  private final ConsumerAdvisories advisories;
  private final SerialTimer timer;
  private String id = "";
  private String group = "";
  private long since;

  PinnedClient(ConsumerContext consumer, ConsumerAdvisories advisories) {
    this.consumer = consumer;
    this.advisories = advisories;
    StreamContext stream = consumer.stream();
    this.timer = new SerialTimer(stream.time(), stream.executor(), this::expire);
  }

  /** Returns the id of the pin; empty if no client is pinned. */
  public String id() {
    return id;
  }

  /** Returns when the pin was given, in nanoseconds since the epoch; 0 if no client is pinned. */
  public long since() {
    return since;
  }

  /** Pins a client of the group. */
  void pin(String ofGroup, WorkBatch batch) {
    id = Nuid.next();
    group = ofGroup;
    since = consumer.stream().time().epochNanos();
    restartTimer();
    advisories.pinned(group, id, batch);
  }

  /**
   * Returns whether a request may get messages. A request of the pinned client also extends its
   * pin; one with another pin is refused.
   *
   * @param pin the pin in the request; empty for none
   */
  public boolean isPinned(String pin) {
    if (!id.isEmpty() && pin.equals(id)) {
      restartTimer();
    }
    return id.isEmpty() || pin.isEmpty() || pin.equals(id);
  }

  private void restartTimer() {
    timer.set(consumer.config().pinnedTtl());
  }

  /** Removes the pin. */
  public void unpin() {
    id = "";
    since = 0;
    timer.cancel();
  }

  private void expire(WorkBatch batch) {
    if (!id.isEmpty()) {
      unpin();
      advisories.unpinned(group, "timeout", batch);
      consumer.wake(batch);
    }
  }
}
