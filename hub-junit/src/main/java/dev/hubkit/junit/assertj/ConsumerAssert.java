package dev.hubkit.junit.assertj;

import dev.hubkit.junit.HubResource;
import io.nats.client.api.ConsumerInfo;
import java.util.List;

/** Assertions about a consumer as it was when it was asked for. */
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

  /** So many messages are still to be delivered to it for the first time. */
  public ConsumerAssert hasPending(long count) {
    return check("the number of pending messages", count, actual.getNumPending());
  }

  /** So many messages are delivered and not acknowledged. */
  public ConsumerAssert hasAckPending(long count) {
    return check("the number of unacknowledged messages", count, actual.getNumAckPending());
  }

  /** Everything up to this sequence of the stream is acknowledged. */
  public ConsumerAssert hasAckFloor(long streamSequence) {
    return check(
        "everything acknowledged up to", streamSequence, actual.getAckFloor().getStreamSequence());
  }

  /** It has been given everything up to this sequence of the stream. */
  public ConsumerAssert hasDelivered(long streamSequence) {
    return check(
        "everything delivered up to", streamSequence, actual.getDelivered().getStreamSequence());
  }

  /** So many of the unacknowledged messages have been delivered more than once. */
  public ConsumerAssert hasRedelivered(long count) {
    return check("the number of redelivered messages", count, actual.getRedelivered());
  }

  /** So many pull requests wait for messages. */
  public ConsumerAssert hasWaiting(long count) {
    return check("the number of waiting requests", count, actual.getNumWaiting());
  }

  /** Goes back to the hub. */
  public HubAssert and() {
    return whole;
  }
}
