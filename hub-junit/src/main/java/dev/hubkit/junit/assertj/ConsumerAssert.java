package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.api.ConsumerInfo;
import java.util.List;

/** Assertions about the state of a consumer at the time the assertion began. */
@SuppressWarnings("exports") // the optional libraries
public final class ConsumerAssert extends HubPartAssert<ConsumerAssert, ConsumerInfo> {
  private final HubAssert whole;

  ConsumerAssert(HubAssert whole, HubResource hub, ConsumerInfo info) {
    super(
        info,
        ConsumerAssert.class,
        "consumer " + info.getName() + " of " + info.getStreamName(),
        JournalExcerpt.ofStream(hub, info.getStreamName(), List.of()));
    this.whole = whole;
  }

  /** Verifies how many messages the consumer has not delivered yet. */
  public ConsumerAssert hasPending(long count) {
    return check("the number of pending messages", count, actual.getNumPending());
  }

  /** Verifies how many messages are delivered and not acknowledged. */
  public ConsumerAssert hasAckPending(long count) {
    return check("the number of unacknowledged messages", count, actual.getNumAckPending());
  }

  /** Verifies the stream sequence up to which all messages are acknowledged. */
  public ConsumerAssert hasAckFloor(long streamSequence) {
    return check(
        "everything acknowledged up to", streamSequence, actual.getAckFloor().getStreamSequence());
  }

  /** Verifies the stream sequence up to which the consumer has delivered. */
  public ConsumerAssert hasDelivered(long streamSequence) {
    return check(
        "everything delivered up to", streamSequence, actual.getDelivered().getStreamSequence());
  }

  /** Verifies how many unacknowledged messages were delivered more than once. */
  public ConsumerAssert hasRedelivered(long count) {
    return check("the number of redelivered messages", count, actual.getRedelivered());
  }

  /** Verifies how many pull requests wait for messages. */
  public ConsumerAssert hasWaiting(long count) {
    return check("the number of waiting requests", count, actual.getNumWaiting());
  }

  /** Returns to the assertions about the hub. */
  public HubAssert and() {
    return whole;
  }
}
