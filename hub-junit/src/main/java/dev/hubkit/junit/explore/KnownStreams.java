package dev.hubkit.junit.explore;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.wire.Message;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What adversity has to know of the streams: which are in memory, and how consumers acknowledge.
 * Thread-safe.
 */
final class KnownStreams {
  // As nats-server has it, JsAckWaitDefault in server/consumer.go.
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(30);
  private static final String STREAM = "$JS.API.STREAM.CREATE.";
  private static final String CONSUMER = "$JS.API.CONSUMER.CREATE.";
  private static final String DURABLE = "$JS.API.CONSUMER.DURABLE.CREATE.";

  private final Set<String> inMemory = ConcurrentHashMap.newKeySet();
  private final Map<String, Rule> rules = new ConcurrentHashMap<>();

  /**
   * How one consumer acknowledges.
   *
   * @param each whether it acknowledges each message for itself
   * @param ackWait how long the server waits at most
   */
  private record Rule(boolean each, Duration ackWait) {}

  /** Adds a stream as monitoring describes it. */
  void add(JsonObject stream) {
    String name = stream.string("name", "");
    JsonObject config = stream.object("config");
    if (config != null) {
      addStream(name, config);
    }
    for (JsonObject consumer : stream.objects("consumer_detail")) {
      JsonObject rule = consumer.object("config");
      if (rule != null) {
        addConsumer(name, consumer.string("name", ""), rule);
      }
    }
  }

  /** Adds what a request to the API of JetStream creates. */
  void created(String subject, Message request) {
    boolean consumer = subject.startsWith(CONSUMER);
    boolean durable = subject.startsWith(DURABLE);
    if (!consumer && !durable && !subject.startsWith(STREAM)) {
      return;
    }
    JsonObject content;
    try {
      content = Json.parseObject(request.payload());
    } catch (JsonException e) {
      // The server refuses it.
      return;
    }
    if (!consumer && !durable) {
      addStream(subject.substring(STREAM.length()), content);
      return;
    }
    JsonObject config = content.object("config");
    String[] names = subject.substring((consumer ? CONSUMER : DURABLE).length()).split("\\.", -1);
    if (config != null) {
      String name = names.length > 1 ? names[1] : config.string("durable_name");
      addConsumer(names[0], name == null ? config.string("name") : name, config);
    }
  }

  private void addStream(String name, JsonObject config) {
    if ("memory".equals(config.string("storage"))) {
      inMemory.add(name);
    }
  }

  private void addConsumer(String stream, @Nullable String name, JsonObject config) {
    if (name == null) {
      return;
    }
    long longest = config.integer("ack_wait", 0);
    for (long each : config.integers("backoff")) {
      longest = Math.max(longest, each);
    }
    rules.put(
        key(stream, name),
        new Rule(
            "explicit".equals(config.string("ack_policy")),
            longest <= 0 ? DEFAULT_WAIT : Duration.ofNanos(longest)));
  }

  /** Returns whether a crash would lose a stream. */
  boolean isAnyInMemory() {
    return !inMemory.isEmpty();
  }

  /** Returns whether a consumer is known to acknowledge each message for itself. */
  boolean acknowledgesEach(String stream, String consumer) {
    Rule rule = rules.get(key(stream, consumer));
    return rule != null && rule.each();
  }

  /** Returns how long the server waits for the acknowledgement of a message. */
  Duration ackWait(String stream, String consumer) {
    Rule rule = rules.get(key(stream, consumer));
    return rule == null ? DEFAULT_WAIT : rule.ackWait();
  }

  private static String key(String stream, String consumer) {
    return stream + ' ' + consumer;
  }
}
