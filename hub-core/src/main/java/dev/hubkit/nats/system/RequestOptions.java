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
  // The fields of a request whose reports know them by another name.
  private static final Map<String, String> RENAMED =
      Map.of(
          "account", "acc",
          "subscriptions", "subs",
          "consumer", "consumers",
          // A number here, and a word over HTTP.
          "state", "state_number",
          "include_unused", "unused");

  private final JsonObject json;

  private RequestOptions(JsonObject json) {
    this.json = json;
  }

  /**
   * Reads the payload of a request.
   *
   * @throws JsonException if it is no JSON object, or a field is of another type
   */
  static RequestOptions of(Message message) {
    if (message.payloadLength() == 0) {
      return new RequestOptions(Json.parseObject("{}"));
    }
    RequestOptions options = new RequestOptions(Json.parseObject(message.payload()));
    for (String text : List.of("server_name", "cluster", "host", "domain")) {
      options.json.string(text);
    }
    return options;
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

  /**
   * Checks the options that select a page of a list.
   *
   * @param byConnection whether the request may name the ID of a connection, too
   * @throws JsonException if it is no integer
   */
  void checkPaging(boolean byConnection) {
    json.integer("offset", 0);
    json.integer("limit", 0);
    if (byConnection) {
      json.unsigned("cid", 0);
    }
  }

  /** Returns the options for a report, with those of {@code fixed} whatever the request says. */
  Query query(Map<String, String> fixed) {
    Map<String, String> options = new HashMap<>();
    for (String name : json.names()) {
      Object value = json.get(name);
      if (value instanceof List<?> list) {
        List<String> texts = new ArrayList<>();
        list.forEach(element -> texts.add(String.valueOf(element)));
        options.put(name, String.join(",", texts));
      } else if (name.equals("subscriptions_detail")) {
        if (Boolean.TRUE.equals(value)) {
          options.put("subs", "detail");
        }
      } else if (value != null && !(value instanceof JsonObject)) {
        options.put(name, String.valueOf(value));
        options.putIfAbsent(RENAMED.getOrDefault(name, name), String.valueOf(value));
      }
    }
    options.putAll(fixed);
    return Query.of(options);
  }
}
