package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.ConsumerConfigBuilder;
import dev.hubkit.nats.jetstream.config.PriorityPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import java.util.concurrent.TimeUnit;

/**
 * The defaults of a request to create a consumer, as in {@code setConsumerConfigDefaults} of
 * nats-server 2.14. A pedantic request fails where a given value would have to be changed.
 */
final class ConsumerDefaults {
  private static final long ACK_WAIT = TimeUnit.SECONDS.toNanos(30);
  private static final long MAX_WAITING = 512;
  private static final long MAX_ACK_PENDING = 1000;
  private static final long PINNED_TTL = TimeUnit.SECONDS.toNanos(120);

  private final StreamConfig stream;
  private final InheritedConsumerLimits limits;
  private final boolean pedantic;

  ConsumerDefaults(StreamConfig stream, InheritedConsumerLimits limits, boolean pedantic) {
    this.stream = stream;
    this.limits = limits;
    this.pedantic = pedantic;
  }

  /**
   * Returns the configuration with its defaults filled in.
   *
   * @throws ApiException {@link ApiError#PEDANTIC} if the request is pedantic and a given value
   *     would have to be changed
   */
  public ConsumerConfig complete(ConsumerConfig asked) {
    ConsumerConfigBuilder config = asked.toBuilder();
    if (asked.maxDeliver() == 0 || asked.maxDeliver() < -1) {
      insist(asked.maxDeliver() < -1, "max_deliver must be set to -1");
      config.maxDeliver(-1);
    }
    long maxWaiting = positive(asked.maxWaiting(), "max_waiting");
    config.maxWaiting(!asked.isPush() && maxWaiting == 0 ? MAX_WAITING : maxWaiting);
    long maxAckPending = asked.maxAckPending();
    if (maxAckPending < -1) {
      insist(true, "max_ack_pending must be set to -1");
      maxAckPending = -1;
    }
    long maxBatch = positive(asked.maxRequestBatch(), "max_batch");
    config.maxRequestExpires(positive(asked.maxRequestExpires(), "max_expires"));
    config.maxRequestMaxBytes(positive(asked.maxRequestMaxBytes(), "max_bytes"));
    config.idleHeartbeat(positive(asked.idleHeartbeat(), "idle_heartbeat"));
    long inactive = positive(asked.inactiveThreshold(), "inactive_threshold");
    long pinnedTtl = positive(asked.pinnedTtl(), "priority_timeout");
    config.ackWait(ackWait(asked));
    config.maxAckPending(maxAckPending(maxAckPending, asked.ackPolicy(), inactive));
    config.inactiveThreshold(
        inactive == 0 ? stream.consumerLimits().inactiveThreshold() : inactive);
    config.maxRequestBatch(maxRequestBatch(maxBatch, asked.isPush()));
    boolean unpinned = asked.priorityPolicy() == PriorityPolicy.PINNED_CLIENT && pinnedTtl == 0;
    config.pinnedTtl(unpinned ? PINNED_TTL : pinnedTtl);
    if (asked.ackPolicy() == AckPolicy.FLOW_CONTROL && !pedantic) {
      config.flowControl(true);
      config.idleHeartbeat(ConsumerValidator.FLOW_CONTROL_HEARTBEAT);
    }
    return config.build();
  }

  private long ackWait(ConsumerConfig asked) {
    AckPolicy ackPolicy = asked.ackPolicy();
    long ackWait = asked.ackWait();
    if (ackWait == 0 && (ackPolicy == AckPolicy.EXPLICIT || ackPolicy == AckPolicy.ALL)) {
      ackWait = ACK_WAIT;
    }
    if (asked.backOff().isEmpty()) {
      return ackWait;
    }
    long first = asked.backOff().get(0);
    insist(ackWait != first, "first backoff value has to equal batch AckWait");
    return first;
  }

  /** Also checks the inactive threshold, which nats-server does between the limits. */
  private long maxAckPending(long asked, AckPolicy ackPolicy, long inactive) {
    StreamConfig.ConsumerLimits byStream = stream.consumerLimits();
    long maxAckPending = asked;
    if (maxAckPending == 0) {
      insist(
          byStream.maxAckPending() > 0,
          "max_ack_pending must be set if it's configured in stream limits");
      maxAckPending = byStream.maxAckPending();
    }
    insist(
        inactive == 0 && byStream.inactiveThreshold() > 0,
        "inactive_threshold must be set if it's configured in stream limits");
    if (maxAckPending == 0 && ackPolicy != AckPolicy.NONE) {
      maxAckPending = lower(MAX_ACK_PENDING, limits.serverMaxAckPending());
      maxAckPending = lower(maxAckPending, limits.accountMaxAckPending());
    }
    return maxAckPending;
  }

  private long maxRequestBatch(long asked, boolean push) {
    if (push || asked != 0 || limits.serverMaxRequestBatch() <= 0) {
      return asked;
    }
    insist(true, "max_request_batch must be set if it's JetStream limits are set");
    return limits.serverMaxRequestBatch();
  }

  private long positive(long value, String field) {
    insist(value < 0, field + " must not be negative");
    return Math.max(0, value);
  }

  private static long lower(long value, long limit) {
    return limit > 0 ? Math.min(value, limit) : value;
  }

  private void insist(boolean violated, String rule) {
    if (pedantic && violated) {
      throw ApiError.PEDANTIC.exception(rule);
    }
  }
}
