package dev.hubkit.nats.system;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.monitor.Query;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.ServerInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The options of a request to a server, from its JSON payload, which may be empty. */
final class RequestOptions {
  private final RequestType type;
  private final JsonObject json;

  private RequestOptions(RequestType type, JsonObject json) {
    this.type = type;
    this.json = json;
  }

  /**
   * Reads the payload of a request.
   *
   * @throws JsonException in Go's words, if it is no JSON object, or a field is of another type
   */
  static RequestOptions of(Message message, RequestType type) {
    JsonObject json =
        message.payloadLength() == 0
            ? Json.parseObject("{}")
            : Json.unmarshal(message.payload(), type.struct());
    return new RequestOptions(type, json);
  }

  JsonObject json() {
    return json;
  }

  /** Returns whether the request is meant for this server. */
  boolean concern(MonitoredServer server) {
    ServerInfo info = server.clients().info();
    boolean exact = json.bool("exact_match", false);
    String domain = json.string("domain", "");
    return matches("server_name", info.serverName(), exact)
        && matches("host", info.host(), exact)
        && matches("cluster", Objects.requireNonNullElse(info.cluster(), ""), exact)
        && server.config().get(Options.TAGS).containsAll(json.strings("tags"))
        && (domain.isEmpty() || domain.equals(info.domain()));
  }

  private boolean matches(String field, String value, boolean exact) {
    String wanted = json.string(field, "");
    return wanted.isEmpty() || (exact ? value.equals(wanted) : value.contains(wanted));
  }

  /** Returns the options for a report, with those of {@code fixed} whatever the request says. */
  Query query(Map<String, String> fixed) {
    Map<String, String> options = new HashMap<>();
    for (String name : json.names()) {
      Object value = json.get(name);
      String text = value == null ? "" : text(value);
      if (!text.isEmpty()) {
        options.put(type.httpNames().getOrDefault(name, name), text);
      }
    }
    options.putAll(fixed);
    return Query.of(options);
  }

  private static String text(Object value) {
    if (value instanceof List<?> list) {
      List<String> texts = new ArrayList<>();
      list.forEach(element -> texts.add(String.valueOf(element)));
      return String.join(",", texts);
    }
    return String.valueOf(value);
  }
}
