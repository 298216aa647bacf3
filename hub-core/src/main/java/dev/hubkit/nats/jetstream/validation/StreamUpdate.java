package dev.hubkit.nats.jetstream.validation;

import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.DiscardPolicy;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.release.Compatibility;
import java.util.Map;
import java.util.stream.Collectors;

/** Validates changes to the configuration of a stream, in the order of nats-server. */
public final class StreamUpdate {
  private StreamUpdate() {}

  /**
   * Returns the new configuration with its defaults filled in.
   *
   * @param wanted the requested configuration
   * @param consumers the configurations of the stream's consumers, by name
   * @throws ApiException if the change is not allowed
   */
  public static StreamConfig check(
      AccountContext jetStream,
      StreamConfig before,
      StreamConfig wanted,
      boolean pedantic,
      Map<String, ConsumerConfig> consumers) {
    StreamConfig checked = StreamValidator.check(jetStream, wanted, pedantic);
    if (checked.replicas() > 1
        && jetStream.cluster() == null
        && !jetStream.options().acceptReplicas()
        && jetStream.compatibility().atLeast(Compatibility.V2_15)) {
      throw ApiError.STREAM_REPLICAS_NOT_SUPPORTED.exception();
    }
    refuse(
        checked.storage() != before.storage(),
        "stream configuration update can not change storage type");
    refuse(
        checked.retention() != before.retention()
            && (before.retention() == RetentionPolicy.WORK_QUEUE
                || checked.retention() == RetentionPolicy.WORK_QUEUE),
        "stream configuration update can not change retention policy to/from workqueue");
    refuse(
        before.sealed() && !checked.sealed(),
        "stream configuration update can not unseal a sealed stream");
    refuse(
        before.denyDelete() && !checked.denyDelete(),
        "stream configuration update can not cancel deny message deletes");
    refuse(
        before.denyPurge() && !checked.denyPurge(),
        "stream configuration update can not cancel deny purge");
    if (checked.mirror() != null && !checked.mirror().equals(before.mirror())) {
      throw ApiError.STREAM_MIRROR_NOT_UPDATABLE.exception();
    }
    StreamValidator.checkDiscardPerSubject(checked);
    refuse(
        before.allowMessageTtl() && !checked.allowMessageTtl(),
        "message TTL status can not be disabled");
    refuse(
        before.allowMessageCounter() != checked.allowMessageCounter(),
        "stream configuration update can not change message counter setting");
    refuse(
        before.allowMessageSchedules() && !checked.allowMessageSchedules(),
        "message schedules can not be disabled");
    refuse(
        before.persistMode() != checked.persistMode(),
        "stream configuration update can not change persist mode");
    StreamConfig next = checked.sealed() ? sealed(checked) : checked;
    jetStream.resources().checkChange(next);
    checkConsumers(before.consumerLimits(), next.consumerLimits(), consumers);
    jetStream.checkOverlap(next);
    return next;
  }

  private static StreamConfig sealed(StreamConfig config) {
    return config.toBuilder()
        .maxAge(0)
        .discard(DiscardPolicy.NEW)
        .denyDelete(true)
        .denyPurge(true)
        .allowRollup(false)
        .build();
  }

  private static void checkConsumers(
      StreamConfig.ConsumerLimits before,
      StreamConfig.ConsumerLimits next,
      Map<String, ConsumerConfig> consumers) {
    long threshold = next.inactiveThreshold();
    long ackPending = next.maxAckPending();
    if ((threshold <= 0 || threshold == before.inactiveThreshold())
        && (ackPending <= 0 || ackPending == before.maxAckPending())) {
      return;
    }
    String beyond =
        consumers.entrySet().stream()
            .filter(
                consumer ->
                    (threshold > 0 && consumer.getValue().inactiveThreshold() > threshold)
                        || (ackPending > 0 && consumer.getValue().maxAckPending() > ackPending))
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    if (!beyond.isEmpty()) {
      throw ApiError.STREAM_UPDATE.exception("change to limits violates consumers: " + beyond);
    }
  }

  private static void refuse(boolean bad, String reason) {
    if (bad) {
      throw StreamValidator.invalid(reason);
    }
  }
}
