package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.runtime.StreamContext;
import dev.hubkit.nats.wire.Nuid;

/**
 * The one client that gets the messages of a pinned consumer, for as long as it keeps asking
 * (ADR-42). Confined to the stream's executor.
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

  /** The pin it holds; empty when there is no such client. */
  public String id() {
    return id;
  }

  /** Since when it holds the pin, in nanoseconds since the epoch; 0 when there is none. */
  public long since() {
    return since;
  }

  /** Gives a new pin to a client of the group. */
  void pin(String ofGroup, WorkBatch batch) {
    id = Nuid.next();
    group = ofGroup;
    since = consumer.stream().time().epochNanos();
    restartTimer();
    advisories.pinned(group, id, batch);
  }

  /**
   * Is a request let in? One of the pinned client's lets it keep its pin, one with another pin is
   * not.
   *
   * @param pin what the request says; empty for nothing
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

  /** Takes the pin back. */
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
