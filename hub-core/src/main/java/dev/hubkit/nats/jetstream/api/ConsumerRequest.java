package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AckPolicy;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.ConsumerAction;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.ConsumerConfigBuilder;
import dev.hubkit.nats.jetstream.config.ConsumerTypes;
import dev.hubkit.nats.jetstream.config.RetentionPolicy;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.nats.wire.Nuid;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request to create or change a consumer, in any of its three forms (ADR-13): {@code
 * CONSUMER.CREATE.<stream>} for an ephemeral consumer without a name, {@code
 * CONSUMER.DURABLE.CREATE.<stream>.<durable>}, and {@code
 * CONSUMER.CREATE.<stream>.<name>[.<filter>]}, which has replaced the others.
 *
 * @param stream the name of the stream
 * @param config the requested configuration, with the name from the subject
 * @param pedantic whether to refuse values that would otherwise be corrected silently
 */
record ConsumerRequest(
    String stream, ConsumerConfig config, ConsumerAction action, boolean pedantic) {
  /**
   * Reads a request. Makes the checks of {@code jsConsumerCreateRequest} of nats-server in the same
   * order.
   *
   * @throws JsonException if the payload cannot be parsed
   * @throws ApiException if subject and payload contradict each other
   */
  public static ConsumerRequest parse(ApiRequest request) {
    JsonObject json = request.json(ConsumerTypes.REQUEST);
    ConsumerConfig config = ConsumerConfig.parse(json.objectOrEmpty("config"));
    ConsumerAction action = ConsumerAction.parse(json.string("action", ""));
    boolean pedantic = json.bool("pedantic", false);
    AssetVersions.checkRequiredLevel(request.headers(), request.account().compatibility());
    request.requireJetStream();

    boolean durable = request.token(1).equals("DURABLE");
    String stream = request.token(durable ? 3 : 2);
    boolean legacy = !durable && request.tokenCount() == 3;
    String name = legacy ? config.name() : request.token(durable ? 4 : 3);
    String filter = durable || legacy ? "" : request.tokensFrom(4);
    if (!stream.equals(json.string("stream_name", ""))) {
      throw ApiError.STREAM_MISMATCH.exception();
    }
    if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
      throw ApiError.CONSUMER_NAME_CONTAINS_PATH_SEPARATORS.exception();
    }
    if (durable && !config.isDurable()) {
      throw ApiError.CONSUMER_DURABLE_NAME_NOT_SET.exception();
    }
    if (!legacy && config.isDurable() && !name.equals(config.durable())) {
      throw ApiError.CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT.exception();
    }
    if (legacy && config.isDurable()) {
      throw ApiError.CONSUMER_EPHEMERAL_WITH_DURABLE_NAME.exception();
    }
    if (!filter.isEmpty() && !config.filterSubjects().isEmpty()) {
      throw ApiError.CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED.exception();
    }
    if (!filter.isEmpty() && !filter.equals(config.filterSubject())) {
      throw ApiError.CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH.exception();
    }
    if (config.replicas() > 1
        && request.cluster() == null
        && !request.jetStream().options().acceptReplicas()) {
      throw ApiError.STREAM_REPLICAS_NOT_SUPPORTED.exception();
    }
    ConsumerConfig named = config.toBuilder().name(name).build();
    return new ConsumerRequest(stream, named, action, pedantic);
  }

  /** Returns whether the request is that of a mirror or a source. */
  boolean isForSource() {
    return config.direct() || config.sourcing();
  }

  /**
   * Creates or changes the consumer.
   *
   * @return the created or changed consumer
   * @throws ApiException if the request is refused
   */
  Consumer execute(Stream on, WorkBatch batch) {
    ConsumerConfig wanted =
        adapted(
            on.config(),
            name -> {
              Consumer existing = on.consumers().get(name);
              return existing == null ? null : existing.config();
            });
    return on.consumers().create(wanted, action, pedantic, batch);
  }

  /**
   * Returns the configuration as it is asked for from a stream.
   *
   * @param existing returns the configuration of the consumer of a name; null without one
   */
  ConsumerConfig adapted(StreamConfig stream, Function<String, @Nullable ConsumerConfig> existing) {
    ConsumerConfig wanted = config;
    if (wanted.direct() && wanted.sourcing() && !wanted.name().isEmpty()) {
      wanted = forSourcing(wanted, stream.retention());
    }
    ConsumerConfig present = existing.apply(wanted.name());
    if (present != null) {
      wanted = keepFixed(wanted, present);
    }
    return AssetVersions.stamp(wanted);
  }

  /** Keeps the fields that a request to create an existing consumer cannot change. */
  private static ConsumerConfig keepFixed(ConsumerConfig wanted, ConsumerConfig existing) {
    // Only CONSUMER.PAUSE changes this.
    ConsumerConfigBuilder kept = wanted.toBuilder().pauseUntil(existing.pauseUntil());
    if (wanted.sourcing() && wanted.isDurable()) {
      kept.deliverPolicy(existing.deliverPolicy())
          .optStartSeq(existing.optStartSeq())
          .optStartTime(existing.optStartTime());
    }
    return kept.build();
  }

  /**
   * Adapts the requests of mirrors and sources on earlier servers: on a stream that removes
   * acknowledged messages the consumer becomes durable and acknowledges by flow control; on others
   * its stable name gets a random suffix (ADR-60).
   */
  private static ConsumerConfig forSourcing(ConsumerConfig wanted, RetentionPolicy retention) {
    ConsumerConfigBuilder changed = wanted.toBuilder();
    if (retention == RetentionPolicy.LIMITS) {
      return changed.name(wanted.name() + '-' + NameHash.of(Nuid.next())).build();
    }
    return changed
        .direct(false)
        .durable(wanted.name())
        .ackPolicy(AckPolicy.FLOW_CONTROL)
        .ackWait(0)
        .maxDeliver(0)
        .inactiveThreshold(0)
        .build();
  }
}
