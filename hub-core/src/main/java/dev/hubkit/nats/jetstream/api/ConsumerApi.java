package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiRouter.Checks;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.consumer.ConsumerInfo;
import dev.hubkit.nats.jetstream.consumer.ConsumerSubjects;
import dev.hubkit.nats.jetstream.consumer.Consumers;
import dev.hubkit.nats.jetstream.consumer.PinnedClient;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.validation.ConsumerValidator;
import dev.hubkit.nats.release.Compatibility;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * Answers {@code $JS.API.CONSUMER.*}, except what a consumer answers itself ({@link
 * ConsumerSubjects}). The checks, their order and the responses follow server/jetstream_api.go of
 * nats-server 2.14.
 */
final class ConsumerApi {
  // The structs of jetstream_api.go that requests are read as.
  private static final JsonStruct PAUSE =
      JsonStruct.of("server.JSApiConsumerPauseRequest").field("pause_until", Rfc3339.TYPE).build();
  private static final JsonStruct UNPIN =
      JsonStruct.of("server.JSApiConsumerUnpinRequest").field("group", JsonType.STRING).build();

  private ConsumerApi() {}

  public static void register(ApiRouter router) {
    String create = "consumer_create_response";
    router.register(Checks.NONE, "CONSUMER.CREATE.*", create, ConsumerApi::create);
    router.register(Checks.NONE, "CONSUMER.CREATE.*.>", create, ConsumerApi::create);
    router.register(Checks.NONE, "CONSUMER.DURABLE.CREATE.*.*", create, ConsumerApi::create);
    router.register(Checks.NONE, "CONSUMER.INFO.*.*", "consumer_info_response", ConsumerApi::info);
    router.register("CONSUMER.DELETE.*.*", "consumer_delete_response", ConsumerApi::delete);
    router.register(
        Checks.NONE,
        "CONSUMER.PAUSE.*.*",
        "consumer_pause_response",
        out -> writePause(out, Rfc3339.ZERO, 0),
        ConsumerApi::pause);
    router.register(
        Checks.LEVEL, "CONSUMER.UNPIN.*.*", "consumer_unpin_response", ConsumerApi::unpin);
  }

  private static void create(ApiRequest request, WorkBatch batch) {
    ConsumerRequest wanted = ConsumerRequest.parse(request);
    ClusterGate cluster = request.cluster();
    if (cluster != null) {
      if (!cluster.admitsConsumerCreation(request, wanted.stream(), wanted.config(), batch)) {
        return;
      }
      if (cluster.proposes(request, wanted.stream(), wanted.config())) {
        propose(cluster, request, wanted, batch);
        return;
      }
    }
    request.onStream(
        request.jetStream().requireStream(wanted.stream()),
        (same, taskBatch) -> {
          Stream stream = open(same, wanted.stream());
          Consumer consumer;
          if (wanted.isForSource()
              && stream.jetStream().compatibility().atLeast(Compatibility.V2_15)) {
            checkIdentity(same, stream);
            consumer = wanted.execute(stream, taskBatch);
            same.answer().addHeader(Name.STREAM_IDENTITY.text(), stream.identity());
          } else {
            consumer = wanted.execute(stream, taskBatch);
          }
          describe(same, consumer, taskBatch);
          consumer.pause().adviseIfPaused(taskBatch);
        },
        batch);
  }

  private static void propose(
      ClusterGate cluster, ApiRequest request, ConsumerRequest wanted, WorkBatch batch) {
    request.propose(
        cluster,
        (leader, settled) ->
            leader.createConsumer(
                request.jetStream(),
                wanted.stream(),
                wanted::adapted,
                wanted.action(),
                wanted.pedantic(),
                request.reply(),
                settled),
        batch);
  }

  /** Refuses a source that expects an earlier stream of this name. */
  private static void checkIdentity(ApiRequest request, Stream stream) {
    String expected = request.headers().text(Name.STREAM_IDENTITY);
    if (!expected.isEmpty() && !expected.equals(stream.identity())) {
      throw ApiError.CONSUMER_STREAM_IDENTITY_MISMATCH.exception(stream.identity());
    }
  }

  private static void info(ApiRequest request, WorkBatch batch) {
    if (!request.isEmpty()) {
      throw ApiError.NOT_EMPTY_REQUEST.exception();
    }
    AssetVersions.checkRequiredLevel(request.headers(), request.account().compatibility());
    onConsumer(
        request,
        (same, consumers, consumer, taskBatch) -> describe(same, consumer, taskBatch),
        batch);
  }

  private static void describe(ApiRequest request, Consumer consumer, WorkBatch batch) {
    JsonWriter out = request.response();
    ConsumerInfo.write(
        consumer,
        AssetVersions.describe(consumer.config(), request.jetStream().compatibility()),
        out);
    request.respond(out, batch);
  }

  // --- changes ---

  private static void delete(ApiRequest request, WorkBatch batch) {
    if (!request.isEmpty()) {
      throw ApiError.NOT_EMPTY_REQUEST.exception();
    }
    ClusterGate cluster = request.cluster();
    if (cluster != null) {
      String account = request.account().account().name();
      request.propose(
          cluster,
          (leader, settled) ->
              leader.deleteConsumer(
                  account, request.token(2), request.token(3), request.reply(), settled),
          batch);
      return;
    }
    onConsumer(
        request,
        (same, consumers, consumer, taskBatch) -> {
          consumers.delete(consumer, taskBatch);
          same.succeed(taskBatch);
        },
        batch);
  }

  private static void pause(ApiRequest request, WorkBatch batch) {
    OffsetDateTime asked = Rfc3339.ZERO;
    if (request.isJson()) {
      String text = request.json(PAUSE).string("pause_until");
      asked = text == null ? asked : Rfc3339.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
    }
    AssetVersions.checkRequiredLevel(request.headers(), request.account().compatibility());
    OffsetDateTime until = asked;
    ClusterGate cluster = request.cluster();
    if (cluster != null) {
      propose(cluster, request, until, batch);
      return;
    }
    onConsumer(
        request,
        (same, consumers, consumer, taskBatch) -> {
          ConsumerConfig paused =
              consumer.config().toBuilder()
                  .pauseUntil(until.isEqual(Rfc3339.ZERO) ? null : until)
                  .build();
          consumers.update(consumer, AssetVersions.stamp(paused), taskBatch);
          answer(same, until, taskBatch);
        },
        batch);
  }

  // As in nats-server, the leader answers before the consumer is told.
  private static void propose(
      ClusterGate cluster, ApiRequest request, OffsetDateTime until, WorkBatch batch) {
    String account = request.account().account().name();
    request.propose(
        cluster,
        (leader, settled) -> {
          leader.pauseConsumer(
              account,
              request.token(2),
              request.token(3),
              until.isEqual(Rfc3339.ZERO) ? null : until,
              settled);
          WorkBatch answering = new WorkBatch();
          answer(request, until, answering);
          answering.flush();
        },
        batch);
  }

  private static void answer(ApiRequest request, OffsetDateTime until, WorkBatch batch) {
    long at = Rfc3339.epochNanos(until);
    long now = request.account().time().epochNanos();
    request.respond(writePause(request.response(), until, at > now ? at - now : 0), batch);
  }

  private static JsonWriter writePause(JsonWriter out, OffsetDateTime until, long remaining) {
    return out.field("paused", remaining > 0)
        .field("pause_until", Rfc3339.format(until))
        .fieldIfSet("pause_remaining", remaining);
  }

  private static void unpin(ApiRequest request, WorkBatch batch) {
    // Unlike the other requests, this one may have unknown fields, and must have a payload.
    JsonObject json = Json.unmarshal(request.message().payload(), UNPIN);
    String group = json.string("group", "");
    if (group.isEmpty()) {
      throw ApiError.INVALID_JSON.exception("consumer group not specified");
    }
    if (!ConsumerValidator.isGroupName(group)) {
      throw ApiError.CONSUMER_INVALID_GROUP_NAME.exception();
    }
    onConsumer(
        request,
        (same, consumers, consumer, taskBatch) -> {
          PinnedClient pinned = consumer.pinned();
          if (pinned == null || !consumer.config().priorityGroups().contains(group)) {
            throw ApiError.CONSUMER_INVALID_PRIORITY_GROUP.exception();
          }
          pinned.unpin();
          consumer.advisories().unpinned(group, "admin", taskBatch);
          consumer.wake(taskBatch);
          same.respond(same.response(), taskBatch);
        },
        batch);
  }

  // --- finding ---

  @FunctionalInterface
  private interface Step {
    void run(ApiRequest request, Consumers consumers, Consumer consumer, WorkBatch batch);
  }

  /** Continues with the consumer that the subject names after its stream. */
  private static void onConsumer(ApiRequest request, Step step, WorkBatch batch) {
    String streamName = request.token(2);
    String name = request.token(3);
    request.onStream(
        request.jetStream().requireStream(streamName),
        (same, taskBatch) -> {
          Consumers consumers = open(same, streamName).consumers();
          Consumer consumer = consumers.get(name);
          if (consumer == null) {
            throw ApiError.CONSUMER_NOT_FOUND.exception();
          }
          step.run(same, consumers, consumer, taskBatch);
        },
        batch);
  }

  static Stream open(ApiRequest request, String name) {
    Stream stream = request.jetStream().requireStream(name);
    if (!stream.executor().isCurrent()) {
      // The stream was deleted and created again after the request came in.
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return stream;
  }
}
