package dev.hubkit.nats.jetstream;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A client of one of the compared servers. It records as text what it receives. */
final class Peer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Connection connection;

  Peer(int port) throws IOException, InterruptedException {
    this(port, "");
  }

  /** Logs in with a name that is also the password; an empty name means no login. */
  Peer(int port, String user) throws IOException, InterruptedException {
    String login = user.isEmpty() ? "" : user + ":" + user + "@";
    connection =
        Nats.connect(
            Options.builder()
                .server("nats://" + login + "127.0.0.1:" + port)
                .noReconnect()
                .connectionTimeout(Duration.ofSeconds(20))
                .build());
  }

  Connection connection() {
    return connection;
  }

  /**
   * Sends a request and records the answer, or all answers up to the end of a batch. Leaves out
   * whatever differs between servers and between runs. {@code Reply} is not sent as a header: its
   * value is appended to the reply subject.
   */
  String ask(String subject, Map<String, String> headers, String body) throws InterruptedException {
    String inbox = connection.createInbox();
    String end = headers.getOrDefault("Reply", "");
    Subscription subscription = connection.subscribe(end.isEmpty() ? inbox : inbox + ".>");
    Headers sent = new Headers();
    headers.forEach(
        (name, value) -> {
          if (!name.equals("Reply")) {
            sent.add(name, value);
          }
        });
    connection.publish(
        NatsMessage.builder()
            .subject(subject)
            .replyTo(end.isEmpty() ? inbox : inbox + "." + end)
            .headers(sent.isEmpty() ? null : sent)
            .data(body.getBytes(StandardCharsets.UTF_8))
            .build());
    StringBuilder heard = new StringBuilder();
    boolean more = true;
    while (more) {
      Message answer = subscription.nextMessage(PATIENCE);
      heard.append(answer == null ? "nothing" : text(answer)).append('\n');
      more =
          answer != null
              && answer.hasHeaders()
              && answer.getHeaders().containsKey("Nats-Num-Pending")
              && !answer.isStatusMessage();
    }
    subscription.unsubscribe();
    return heard.toString();
  }

  /** Returns a message as text: status, headers in alphabetical order, payload. */
  static String text(Message message) {
    StringBuilder text = new StringBuilder();
    if (message.isStatusMessage()) {
      text.append(message.getStatus().getCode())
          .append(' ')
          .append(message.getStatus().getMessage())
          .append(' ');
    }
    if (message.hasHeaders()) {
      Map<String, List<String>> headers = new TreeMap<>();
      message.getHeaders().forEach(headers::put);
      headers.remove("Nats-Time-Stamp");
      text.append(headers).append(' ');
    }
    byte[] data = message.getData() == null ? new byte[0] : message.getData();
    String payload = new String(data, StandardCharsets.UTF_8);
    return text.append(payload.startsWith("{\"") ? normal(payload) : payload).toString();
  }

  /** Returns JSON with its fields in alphabetical order and without its times. */
  static String normal(String json) {
    StringBuilder text = new StringBuilder();
    write(text, Json.parseObject(json));
    return text.toString();
  }

  private static void write(StringBuilder out, @Nullable Object value) {
    if (value instanceof JsonObject object) {
      Map<String, @Nullable Object> fields = new TreeMap<>();
      for (String name : object.names()) {
        fields.put(name, isVolatile(name) ? "…" : object.get(name));
      }
      out.append('{');
      String separator = "";
      for (Map.Entry<String, @Nullable Object> field : fields.entrySet()) {
        out.append(separator).append(field.getKey()).append('=');
        write(out, field.getValue());
        separator = ", ";
      }
      out.append('}');
    } else if (value instanceof List<?> list) {
      out.append('[');
      String separator = "";
      for (Object element : list) {
        out.append(separator);
        write(out, element);
        separator = ", ";
      }
      out.append(']');
    } else {
      out.append(value);
    }
  }

  /** Copies a JSON object unchanged, to send it on. */
  static String json(JsonObject object) {
    JsonWriter out = JsonWriter.compact().beginObject();
    for (String name : object.names()) {
      out.any(name, object.get(name));
    }
    return new String(out.endObject().toBytes(), StandardCharsets.UTF_8);
  }

  private static boolean isVolatile(String name) {
    return switch (name) {
      case "created", "ts", "first_ts", "last_ts", "time", "total_api", "active" -> true;
      default -> false;
    };
  }

  @Override
  public void close() throws InterruptedException {
    connection.close();
  }
}
