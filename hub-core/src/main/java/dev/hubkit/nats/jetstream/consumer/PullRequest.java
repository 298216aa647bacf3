package dev.hubkit.nats.jetstream.consumer;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.nats.jetstream.config.ConsumerConfig;
import dev.hubkit.nats.jetstream.config.PriorityPolicy;
import dev.hubkit.text.GoNumber;
import dev.hubkit.text.GoSpace;
import dev.hubkit.text.Utf8;
import dev.hubkit.time.GoDuration;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A request for the next messages of a pull consumer (ADR-37, ADR-42). The payload is empty for one
 * message, a number, or an object.
 *
 * @param batch how many messages
 * @param maxBytes how many bytes at most; 0 for any
 * @param expires nanoseconds it waits; 0 for ever
 * @param noWait whether it ends as soon as there is nothing more
 * @param heartbeat nanoseconds of silence after which the server says that it is still there
 * @param priority what ADR-42 adds; null when the request isn't an object
 */
record PullRequest(
    long batch,
    long maxBytes,
    long expires,
    boolean noWait,
    long heartbeat,
    @Nullable Priority priority) {

  private static final JsonStruct TYPE =
      JsonStruct.of("server.JSApiConsumerGetNextRequest")
          .fields(JsonType.DURATION, "expires", "idle_heartbeat")
          .fields(JsonType.INT, "batch", "max_bytes")
          .field("no_wait", JsonType.BOOL)
          .embed(
              "PriorityGroup",
              JsonStruct.of("server.PriorityGroup")
                  .fields(JsonType.STRING, "group", "id")
                  .fields(JsonType.INT64, "min_pending", "min_ack_pending")
                  .field("priority", JsonType.INT)
                  .build())
          .build();

  private static final PullRequest ONE = new PullRequest(1, 0, 0, false, 0, null);

  /**
   * The part for priority groups.
   *
   * @param minPending messages that must be pending, 0 for any
   * @param minAckPending acknowledgements that must be pending, 0 for any
   * @param id the pin the client holds; empty for none
   * @param level 0 (served first) to 9
   */
  record Priority(String group, long minPending, long minAckPending, String id, long level) {}

  /**
   * Parses a request.
   *
   * @throws JsonException if the payload begins like an object and is none
   * @throws IllegalArgumentException if its heartbeat is more than half its expiry
   */
  public static PullRequest parse(byte[] payload) {
    String text = GoSpace.trim(Utf8.decode(payload, 0, payload.length));
    if (!text.startsWith("{")) {
      // Like nats-server, takes anything else as a request for one message.
      OptionalLong batch = GoNumber.integer(text);
      return batch.isEmpty() ? ONE : new PullRequest(batch.getAsLong(), 0, 0, false, 0, null);
    }
    JsonObject json = Json.unmarshal(text.getBytes(StandardCharsets.UTF_8), TYPE);
    long expires = json.integer("expires", 0);
    long heartbeat = json.integer("idle_heartbeat", 0);
    // Twice of a long time is negative, as in Go.
    if (heartbeat > 0 && heartbeat * 2 > expires) {
      throw new IllegalArgumentException("heartbeat value too large");
    }
    return new PullRequest(
        json.integer("batch", 0),
        json.integer("max_bytes", 0),
        expires,
        json.bool("no_wait", false),
        heartbeat,
        new Priority(
            json.string("group", ""),
            json.integer("min_pending", 0),
            json.integer("min_ack_pending", 0),
            json.string("id", ""),
            json.integer("priority", 0)));
  }

  /** Returns the status that refuses the request, or null if the consumer accepts it. */
  @Nullable
  public String complaint(ConsumerConfig config) {
    if (config.maxRequestBatch() > 0 && batch > config.maxRequestBatch()) {
      return "409 Exceeded MaxRequestBatch of " + config.maxRequestBatch();
    }
    if (config.maxRequestExpires() > 0 && expires > config.maxRequestExpires()) {
      return "409 Exceeded MaxRequestExpires of " + GoDuration.format(config.maxRequestExpires());
    }
    if (config.maxRequestMaxBytes() > 0 && maxBytes > config.maxRequestMaxBytes()) {
      return "409 Exceeded MaxRequestMaxBytes of " + config.maxRequestMaxBytes();
    }
    return priority == null ? null : complaint(priority, config);
  }

  private static @Nullable String complaint(Priority priority, ConsumerConfig config) {
    PriorityPolicy policy = config.priorityPolicy();
    if ((priority.minPending() != 0 || priority.minAckPending() != 0)
        && policy != PriorityPolicy.OVERFLOW) {
      return "400 Bad Request - Not a Overflow Priority consumer";
    }
    if (!priority.id().isEmpty() && policy != PriorityPolicy.PINNED_CLIENT) {
      return "400 Bad Request - Not a Pinned Client Priority consumer";
    }
    if (priority.level() < 0 || priority.level() > 9) {
      return "400 Bad Request - Priority must be between 0 and 9";
    }
    if (policy == PriorityPolicy.NONE) {
      return null;
    }
    if (priority.group().isEmpty()) {
      return "400 Bad Request - Priority Group missing";
    }
    return config.priorityGroups().contains(priority.group())
        ? null
        : "400 Bad Request - Invalid Priority Group";
  }
}
