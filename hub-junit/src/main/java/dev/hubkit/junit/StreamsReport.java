package dev.hubkit.junit;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import java.util.List;

/**
 * Reports the state of a server's streams and consumers. The server itself is asked, because a
 * client may be cut off by the faults of a test.
 */
final class StreamsReport {
  private StreamsReport() {}

  /** Returns what several servers have, each with its name; of one server, without. */
  static String of(List<NatsServer> servers) {
    if (servers.size() == 1) {
      return of(servers.get(0));
    }
    StringBuilder all = new StringBuilder();
    for (NatsServer server : servers) {
      all.append(server.name()).append(":\n").append(of(server)).append('\n');
    }
    return all.length() == 0 ? "(no server runs)" : all.toString().stripTrailing();
  }

  /** Returns a line for each stream, and one for each of its consumers. */
  static String of(NatsServer server) {
    StringBuilder lines = new StringBuilder();
    for (JsonObject stream : server.streams()) {
      describe(stream, lines);
      for (JsonObject consumer : stream.objects("consumer_detail")) {
        describeConsumer(consumer, lines);
      }
    }
    return lines.length() == 0 ? "(none)" : lines.toString().stripTrailing();
  }

  private static void describe(JsonObject stream, StringBuilder lines) {
    JsonObject state = stream.objectOrEmpty("state");
    lines
        .append(stream.string("name", ""))
        .append(' ')
        .append(subjects(stream.objectOrEmpty("config")))
        .append(": ")
        .append(state.unsigned("messages", 0))
        .append(" messages, ")
        .append(state.unsigned("first_seq", 0))
        .append(" to ")
        .append(state.unsigned("last_seq", 0))
        .append('\n');
  }

  private static List<String> subjects(JsonObject config) {
    return config.strings("subjects");
  }

  private static void describeConsumer(JsonObject consumer, StringBuilder lines) {
    lines
        .append("  ")
        .append(consumer.string("name", ""))
        .append(": delivered up to ")
        .append(consumer.objectOrEmpty("delivered").unsigned("stream_seq", 0))
        .append(", acknowledged up to ")
        .append(consumer.objectOrEmpty("ack_floor").unsigned("stream_seq", 0))
        .append(", ")
        .append(consumer.unsigned("num_pending", 0))
        .append(" pending, ")
        .append(consumer.unsigned("num_ack_pending", 0))
        .append(" not acknowledged, ")
        .append(consumer.unsigned("num_redelivered", 0))
        .append(" redelivered\n");
  }
}
