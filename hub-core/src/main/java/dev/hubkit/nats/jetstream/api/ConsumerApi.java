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
import java.util.List;

/**
 * Answers {@code $JS.API.CONSUMER.*}, except what a consumer answers itself ({@link
 * ConsumerSubjects}). The checks, their order and the responses follow server/jetstream_api.go of
 * nats-server 2.14.
 */
final class ConsumerApi {
  private static final int NAMES_LIMIT = 1024;
  private static final int LIST_LIMIT = 256;

  // The structs of jetstream_api.go that requests are read as.
  private static final JsonStruct PAGE =
      JsonStruct.of("server.JSApiConsumersRequest")
          .embed("ApiPagedRequest", ApiRequest.PAGED)
          .build();
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
    router.register(
        "CONSUMER.NAMES.*",
        "consumer_names_response",
        ConsumerApi::writeNoPage,
        ConsumerApi::names);
    router.register(
        "CONSUMER.LIST.*", "consumer_list_response", ConsumerApi::writeNoPage, ConsumerApi::list);
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
    request.onStream(
        request.jetStream().requireStream(wanted.stream()),
        (same, taskBatch) -> {
          Stream stream = open(same, wanted.stream());
          Consumer consumer;
          if (wanted.isForSource()
              && stream.jetStream().compatibility().atLeast(Compatibility.V2_15)) {
            checkIdentity(same, stream);
            consumer = wanted.execute(stream, taskBatch);
            same.withHeader(Name.STREAM_IDENTITY.text(), stream.identity());
          } else {
            consumer = wanted.execute(stream, taskBatch);
          }
          describe(same, consumer, taskBatch);
          consumer.pause().adviseIfPaused(taskBatch);
        },
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

  // --- lists ---

  private static void names(ApiRequest request, WorkBatch batch) {
    page(request, NAMES_LIMIT, (consumer, out) -> out.value(consumer.name()), batch);
  }

  private static void list(ApiRequest request, WorkBatch batch) {
    page(
        request,
        LIST_LIMIT,
        (consumer, out) -> {
          out.beginObject();
          ConsumerInfo.write(consumer, consumer.config(), out);
          out.endObject();
        },
        batch);
  }

  @FunctionalInterface
  private interface Line {
    void write(Consumer consumer, JsonWriter out);
  }

  private static void page(ApiRequest request, int limit, Line line, WorkBatch batch) {
    long offset = request.isJson() ? Math.max(0, request.json(PAGE).integer("offset", 0)) : 0;
    String name = request.token(2);
    request.onStream(
        request.jetStream().requireStream(name),
        (same, taskBatch) -> {
          List<Consumer> all = open(same, name).consumers().listed();
          int from = (int) Math.min(offset, all.size());
          JsonWriter out = writePage(same.response(), all.size(), from, limit);
          for (int i = from; i < all.size() && i < from + limit; i++) {
            line.write(all.get(i), out);
          }
          same.respond(out.endArray(), taskBatch);
        },
        batch);
  }

  private static void writeNoPage(JsonWriter out) {
    writePage(out, 0, 0, 0).endArray();
  }

  private static JsonWriter writePage(JsonWriter out, long total, long offset, long limit) {
    return out.field("total", total)
        .field("offset", offset)
        .field("limit", limit)
        .beginArray("consumers");
  }

  // --- changes ---

  private static void delete(ApiRequest request, WorkBatch batch) {
    if (!request.isEmpty()) {
      throw ApiError.NOT_EMPTY_REQUEST.exception();
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
    onConsumer(
        request,
        (same, consumers, consumer, taskBatch) -> {
          ConsumerConfig paused =
              consumer.config().toBuilder()
                  .pauseUntil(until.isEqual(Rfc3339.ZERO) ? null : until)
                  .build();
          consumers.update(consumer, AssetVersions.stamp(paused), taskBatch);
          long at = Rfc3339.epochNanos(until);
          long now = consumer.stream().time().epochNanos();
          JsonWriter out = writePause(same.response(), until, at > now ? at - now : 0);
          same.respond(out, taskBatch);
        },
        batch);
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

  private static Stream open(ApiRequest request, String name) {
    Stream stream = request.jetStream().requireStream(name);
    if (!stream.executor().isCurrent()) {
      // The stream was deleted and created again after the request came in.
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return stream;
  }
}
