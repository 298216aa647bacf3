package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.wire.HeaderLines;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;

/**
 * Answers {@code $JS.API.CONSUMER.*}. What is checked, in which order, and what is answered is as
 * in server/jetstream_api.go of nats-server 2.14.
 */
final class ConsumerApi {
  private static final String PREFIX = "io.nats.jetstream.api.v1.";
  private static final int NAMES_LIMIT = 1024;
  private static final int LIST_LIMIT = 256;
  private static final Set<String> CREATE_FIELDS =
      Set.of("stream_name", "config", "action", "pedantic");

  private ConsumerApi() {}

  static void register(ApiRouter router) {
    router.register("CONSUMER.CREATE.*", "consumer_create_response", ConsumerApi::create);
    router.register("CONSUMER.CREATE.*.>", "consumer_create_response", ConsumerApi::create);
    router.register("CONSUMER.DURABLE.CREATE.*.*", "consumer_create_response", ConsumerApi::create);
    router.register("CONSUMER.INFO.*.*", "consumer_info_response", ConsumerApi::info);
    router.register(
        "CONSUMER.NAMES.*",
        "consumer_names_response",
        ConsumerApi::writeNoPage,
        ConsumerApi::names);
    router.register(
        "CONSUMER.LIST.*", "consumer_list_response", ConsumerApi::writeNoPage, ConsumerApi::list);
    router.register("CONSUMER.DELETE.*.*", "consumer_delete_response", ConsumerApi::delete);
    router.register(
        "CONSUMER.PAUSE.*.*",
        "consumer_pause_response",
        out -> writePause(out, Rfc3339.ZERO, 0),
        ConsumerApi::pause);
    router.register("CONSUMER.UNPIN.*.*", "consumer_unpin_response", ConsumerApi::unpin);
    router.register(
        "CONSUMER.LEADER.STEPDOWN.*.*",
        "consumer_leader_stepdown_response",
        (request, batch) -> {
          throw ApiError.CLUSTER_REQUIRED.exception();
        });
  }

  /** Does a request need a higher API level than this server has (ADR-44)? */
  static boolean needsNewerServer(Message message) {
    if (message.headerLength() == 0) {
      return false;
    }
    String level = HeaderLines.value(message.header(), "Nats-Required-Api-Level");
    if (level.isEmpty()) {
      return false;
    }
    try {
      return Integer.parseInt(level) > AssetVersions.API_LEVEL;
    } catch (NumberFormatException e) {
      return true;
    }
  }

  private static void checkLevel(ApiRequest request) {
    if (needsNewerServer(request.message())) {
      throw ApiError.REQUIRED_API_LEVEL.exception();
    }
  }

  // --- create ---

  private static void create(ApiRequest request, Batch batch) {
    JsonObject json = request.json();
    StrictJson.allow(json, CREATE_FIELDS);
    JsonObject configJson = json.object("config");
    ConsumerConfig asked =
        ConsumerConfig.parse(configJson == null ? Json.parseObject("{}") : configJson);
    Consumers.Action action = action(json.string("action", ""));
    boolean pedantic = json.bool("pedantic", false);
    checkLevel(request);

    boolean durable = request.token(1).equals("DURABLE");
    String stream = request.token(durable ? 3 : 2);
    boolean legacy = !durable && request.tokenCount() == 3;
    String name = legacy ? asked.name() : request.token(durable ? 4 : 3);
    String filter = durable || legacy ? "" : request.tokensFrom(4);

    if (!stream.equals(json.string("stream_name", ""))) {
      throw ApiError.STREAM_MISMATCH.exception();
    }
    if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
      throw ApiError.CONSUMER_NAME_CONTAINS_PATH_SEPARATORS.exception();
    }
    if (durable && !asked.isDurable()) {
      throw ApiError.CONSUMER_DURABLE_NAME_NOT_SET.exception();
    }
    if (!legacy && asked.isDurable() && !name.equals(asked.durable())) {
      throw ApiError.CONSUMER_DURABLE_NAME_NOT_MATCH_SUBJECT.exception();
    }
    if (legacy && asked.isDurable()) {
      throw ApiError.CONSUMER_EPHEMERAL_WITH_DURABLE_NAME.exception();
    }
    if (!filter.isEmpty() && !asked.filterSubjects().isEmpty()) {
      throw ApiError.CONSUMER_MULTIPLE_FILTERS_NOT_ALLOWED.exception();
    }
    if (!filter.isEmpty() && !filter.equals(asked.filterSubject())) {
      throw ApiError.CONSUMER_CREATE_FILTER_SUBJECT_MISMATCH.exception();
    }
    if (asked.replicas() > 1) {
      throw ApiError.STREAM_REPLICAS_NOT_SUPPORTED.exception();
    }
    ConsumerDraft draft = asked.draft();
    draft.name = name;
    ConsumerConfig named = draft.config();
    request.onStream(
        request.jetStream().requireStream(stream),
        (onLane, laneBatch) -> create(onLane, stream, named, action, pedantic, laneBatch),
        batch);
  }

  private static Consumers.Action action(String text) {
    return switch (text) {
      case "" -> Consumers.Action.CREATE_OR_UPDATE;
      case "create" -> Consumers.Action.CREATE;
      case "update" -> Consumers.Action.UPDATE;
      default -> throw new JsonException("unknown consumer action: \"" + text + "\"");
    };
  }

  private static void create(
      ApiRequest request,
      String streamName,
      ConsumerConfig asked,
      Consumers.Action action,
      boolean pedantic,
      Batch batch) {
    Stream stream = open(request, streamName);
    ConsumerConfig config = asked;
    if (config.direct() && config.sourcing() && !config.name().isEmpty()) {
      config = forSourcing(config, stream);
    }
    Consumer existing = stream.consumers().get(config.name());
    if (existing != null) {
      ConsumerDraft draft = config.draft();
      draft.pauseUntil = existing.config().pauseUntil();
      if (config.sourcing() && config.isDurable()) {
        draft.deliverPolicy = existing.config().deliverPolicy();
        draft.optStartSeq = existing.config().optStartSeq();
        draft.optStartTime = existing.config().optStartTime();
      }
      config = draft.config();
    }
    Consumer consumer =
        stream.consumers().create(AssetVersions.stamp(config), action, pedantic, batch);
    if (config.sourcing() && !config.direct()) {
      consumer.reset(0, batch);
    }
    JsonWriter out = request.response();
    ConsumerInfo.write(consumer, AssetVersions.describe(consumer.config()), out);
    request.respond(out, batch);
    consumer.advisePauseIfPaused(batch);
  }

  /**
   * What mirrors and sources of earlier servers ask for: on a stream that drops what is
   * acknowledged it becomes durable and acknowledges by flow control; else its stable name gets a
   * random end (ADR-60).
   */
  private static ConsumerConfig forSourcing(ConsumerConfig config, Stream stream) {
    ConsumerDraft draft = config.draft();
    if (stream.config().retention() == RetentionPolicy.LIMITS) {
      draft.name = config.name() + '-' + NameHash.of(Nuid.next());
    } else {
      draft.direct = false;
      draft.durable = config.name();
      draft.ackPolicy = AckPolicy.FLOW_CONTROL;
      draft.ackWait = 0;
      draft.maxDeliver = 0;
      draft.inactiveThreshold = 0;
    }
    return draft.config();
  }

  // --- info, lists ---

  private static void info(ApiRequest request, Batch batch) {
    if (!request.isEmpty()) {
      throw ApiError.NOT_EMPTY_REQUEST.exception();
    }
    checkLevel(request);
    onConsumer(
        request,
        2,
        (onLane, consumer, laneBatch) -> {
          JsonWriter out = onLane.response();
          ConsumerInfo.write(consumer, AssetVersions.describe(consumer.config()), out);
          onLane.respond(out, laneBatch);
        },
        batch);
  }

  private static void names(ApiRequest request, Batch batch) {
    page(request, NAMES_LIMIT, (consumer, out) -> out.value(consumer.name()), batch);
  }

  private static void list(ApiRequest request, Batch batch) {
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

  private static void page(ApiRequest request, int limit, Line line, Batch batch) {
    checkLevel(request);
    long asked = 0;
    if (isJson(request.message())) {
      JsonObject json = request.json();
      StrictJson.allow(json, Set.of("offset"));
      asked = Math.max(0, json.integer("offset", 0));
    }
    long offset = asked;
    String name = request.token(2);
    request.onStream(
        request.jetStream().requireStream(name),
        (onLane, laneBatch) -> {
          List<Consumer> all = open(onLane, name).consumers().listed();
          int from = (int) Math.min(offset, all.size());
          JsonWriter out = writePage(onLane.response(), all.size(), from, limit);
          for (int i = from; i < all.size() && i < from + limit; i++) {
            line.write(all.get(i), out);
          }
          onLane.respond(out.endArray(), laneBatch);
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

  private static boolean isJson(Message message) {
    String text = message.text().stripLeading();
    return text.startsWith("{") || text.startsWith("[");
  }

  // --- changes ---

  private static void delete(ApiRequest request, Batch batch) {
    checkLevel(request);
    if (!request.isEmpty()) {
      throw ApiError.NOT_EMPTY_REQUEST.exception();
    }
    onConsumer(
        request,
        2,
        (onLane, consumer, laneBatch) -> {
          consumer.stream().consumers().delete(consumer, laneBatch);
          onLane.succeed(laneBatch);
        },
        batch);
  }

  private static void pause(ApiRequest request, Batch batch) {
    OffsetDateTime asked = Rfc3339.ZERO;
    if (isJson(request.message())) {
      JsonObject json = request.json();
      StrictJson.allow(json, Set.of("pause_until"));
      String text = json.string("pause_until");
      asked = text == null ? asked : Rfc3339.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
    }
    checkLevel(request);
    OffsetDateTime until = asked;
    onConsumer(
        request,
        2,
        (onLane, consumer, laneBatch) -> {
          ConsumerDraft draft = consumer.config().draft();
          draft.pauseUntil = until.isEqual(Rfc3339.ZERO) ? null : until;
          Stream stream = consumer.stream();
          stream.consumers().update(consumer, AssetVersions.stamp(draft.config()), laneBatch);
          long at = Rfc3339.epochNanos(until);
          long now = stream.time().epochNanos();
          JsonWriter out = writePause(onLane.response(), until, at > now ? at - now : 0);
          onLane.respond(out, laneBatch);
        },
        batch);
  }

  private static JsonWriter writePause(JsonWriter out, OffsetDateTime until, long remaining) {
    return out.field("paused", remaining > 0)
        .field("pause_until", Rfc3339.format(until))
        .fieldIfSet("pause_remaining", remaining);
  }

  private static void unpin(ApiRequest request, Batch batch) {
    checkLevel(request);
    if (request.message().payloadLength() == 0) {
      throw ApiError.INVALID_JSON.exception("unexpected end of JSON input");
    }
    String group = request.json().string("group", "");
    if (group.isEmpty()) {
      throw ApiError.INVALID_JSON.exception("consumer group not specified");
    }
    if (!ConsumerRules.isGroupName(group)) {
      throw ApiError.CONSUMER_INVALID_GROUP_NAME.exception();
    }
    onConsumer(
        request,
        2,
        (onLane, consumer, laneBatch) -> {
          PinnedClient pinned = consumer.pinned();
          if (pinned == null || !consumer.config().priorityGroups().contains(group)) {
            throw ApiError.CONSUMER_INVALID_PRIORITY_GROUP.exception();
          }
          pinned.unpin();
          consumer.advisories().unpinned(group, "admin", laneBatch);
          consumer.wake(laneBatch);
          onLane.respond(onLane.response(), laneBatch);
        },
        batch);
  }

  /** Answers a request to {@code CONSUMER.RESET}, which the consumer itself subscribes to. */
  static void reset(Consumer consumer, Message message, Batch batch) {
    consumer.stream()
        .lane()
        .submit(
            laneBatch -> {
              String reply = message.reply();
              if (reply != null && !consumer.isClosed()) {
                byte[] response = reset(consumer, message, laneBatch, response());
                consumer.stream().account().publish(Message.of(reply, null, response), laneBatch);
              }
            },
            batch);
  }

  private static JsonWriter response() {
    return JsonWriter.compact().beginObject().field("type", PREFIX + "consumer_reset_response");
  }

  private static byte[] reset(Consumer consumer, Message message, Batch batch, JsonWriter out) {
    try {
      if (needsNewerServer(message)) {
        throw ApiError.REQUIRED_API_LEVEL.exception();
      }
      long asked = 0;
      if (message.payloadLength() > 0) {
        try {
          asked = Json.parseObject(message.payload()).integer("seq", 0);
        } catch (JsonException e) {
          throw ApiError.INVALID_JSON.exception(String.valueOf(e.getMessage()));
        }
      }
      long sequence = consumer.reset(asked, batch);
      ConsumerInfo.write(consumer, AssetVersions.describe(consumer.config()), out);
      return out.unsigned("reset_seq", sequence).endObject().toBytes();
    } catch (ApiException e) {
      JsonWriter error = response();
      e.writeTo(error);
      return error.field("reset_seq", 0).endObject().toBytes();
    }
  }

  // --- finding ---

  @FunctionalInterface
  private interface Step {
    void run(ApiRequest request, Consumer consumer, Batch batch);
  }

  /** Goes on with the consumer that tokens {@code at} (stream) and the one behind it name. */
  private static void onConsumer(ApiRequest request, int at, Step step, Batch batch) {
    String streamName = request.token(at);
    String name = request.token(at + 1);
    request.onStream(
        request.jetStream().requireStream(streamName),
        (onLane, laneBatch) -> {
          Consumer consumer = open(onLane, streamName).consumers().get(name);
          if (consumer == null) {
            throw ApiError.CONSUMER_NOT_FOUND.exception();
          }
          step.run(onLane, consumer, laneBatch);
        },
        batch);
  }

  private static Stream open(ApiRequest request, String name) {
    Stream stream = request.jetStream().requireStream(name);
    if (!stream.lane().isCurrent()) {
      // Deleted, and created again, since the request came in.
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
    return stream;
  }
}
