package dev.hubkit.nats.system;

import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import java.util.Map;

/**
 * The options of one kind of request: the structs of nats-server's {@code server/events.go} and
 * {@code server/monitor.go}, and the names that these options have over HTTP where they differ.
 */
record RequestType(JsonStruct struct, Map<String, String> httpNames) {
  private static final JsonStruct FILTER =
      JsonStruct.of("server.EventFilterOptions")
          .fields(JsonType.STRING, "server_name", "cluster", "host", "domain")
          .field("exact_match", JsonType.BOOL)
          .field("tags", JsonType.STRINGS)
          .build();

  /** What every request to a server may say, and some say alone. */
  static final RequestType FILTER_ONLY = new RequestType(FILTER, Map.of());

  static final RequestType STATSZ =
      new RequestType(
          JsonStruct.of("server.StatszEventOptions").embed("EventFilterOptions", FILTER).build(),
          Map.of());

  static final RequestType VARZ = of("Varz", options("Varz"), Map.of());

  static final RequestType SUBSZ =
      of(
          "Subsz",
          options("Subsz")
              .fields(JsonType.INT, "offset", "limit")
              .field("subscriptions", JsonType.BOOL)
              .fields(JsonType.STRING, "account", "test"),
          Map.of("subscriptions", "subs", "account", "acc"));

  static final RequestType CONNZ =
      of(
          "Connz",
          options("Connz")
              .field("sort", new JsonType.Scalar("server.SortOpt", String.class, ""))
              .fields(JsonType.BOOL, "auth", "subscriptions", "subscriptions_detail")
              .fields(JsonType.INT, "offset", "limit")
              .field("cid", JsonType.UINT64)
              .field("state", JsonType.integer("server.ConnState"))
              .fields(JsonType.STRING, "mqtt_client", "user", "acc", "filter_subject"),
          // The state is a number here, and a word over HTTP.
          Map.of("subscriptions", "subs", "state", "state_number"));

  static final RequestType ROUTEZ =
      of(
          "Routez",
          options("Routez").fields(JsonType.BOOL, "subscriptions", "subscriptions_detail"),
          Map.of("subscriptions", "subs"));

  static final RequestType GATEWAYZ =
      of(
          "Gatewayz",
          options("Gatewayz")
              .fields(JsonType.STRING, "name", "account_name")
              .fields(JsonType.BOOL, "accounts", "subscriptions", "subscriptions_detail"),
          Map.of("subscriptions", "subs", "accounts", "accs"));

  static final RequestType LEAFZ =
      of(
          "Leafz",
          options("Leafz").field("subscriptions", JsonType.BOOL).field("account", JsonType.STRING),
          Map.of("subscriptions", "subs", "account", "acc"));

  static final RequestType ACCOUNTZ =
      of(
          "Accountz",
          options("Accountz").field("account", JsonType.STRING),
          Map.of("account", "acc"));

  static final RequestType ACCSTATZ =
      of(
          "AccountStatz",
          options("AccountStatz")
              .field("accounts", JsonType.STRINGS)
              .field("include_unused", JsonType.BOOL),
          Map.of("include_unused", "unused"));

  static final RequestType ACCOUNT_INFO =
      new RequestType(
          JsonStruct.of("server.AccInfoEventOptions").embed("EventFilterOptions", FILTER).build(),
          Map.of());

  static final RequestType JSZ =
      of(
          "Jsz",
          JsonStruct.of("server.JSzOptions")
              .field("account", JsonType.STRING)
              .fields(JsonType.BOOL, "accounts", "streams", "consumer", "direct_consumer")
              .fields(JsonType.BOOL, "config", "leader_only", "raft", "stream_leader_only")
              .fields(JsonType.INT, "offset", "limit"),
          "JSzOptions",
          Map.of(
              "account", "acc",
              "consumer", "consumers",
              "direct_consumer", "direct-consumers",
              "leader_only", "leader-only",
              "stream_leader_only", "stream-leader-only"));

  static final RequestType HEALTHZ =
      of(
          "Healthz",
          options("Healthz")
              .fields(JsonType.BOOL, "js-enabled", "js-enabled-only", "js-server-only")
              .fields(JsonType.BOOL, "js-meta-only", "leaf-remotes-connected", "details")
              .fields(JsonType.STRING, "account", "stream", "consumer"),
          Map.of());

  static final RequestType PROFILEZ =
      of(
          "Profilez",
          options("Profilez")
              .field("name", JsonType.STRING)
              .field("debug", JsonType.INT)
              .field("duration", JsonType.DURATION),
          Map.of());

  static final RequestType EXPVARZ =
      new RequestType(
          JsonStruct.of("server.ExpvarzEventOptions").embed("EventFilterOptions", FILTER).build(),
          Map.of());

  static final RequestType IPQUEUESZ =
      of(
          "Ipqueuesz",
          options("Ipqueuesz").field("all", JsonType.BOOL).field("filter", JsonType.STRING),
          Map.of());

  static final RequestType RAFTZ =
      of("Raftz", options("Raftz").fields(JsonType.STRING, "account", "group"), Map.of());

  private static JsonStruct.Builder options(String name) {
    return JsonStruct.of("server." + name + "Options");
  }

  private static RequestType of(
      String name, JsonStruct.Builder options, Map<String, String> httpNames) {
    return of(name, options, name + "Options", httpNames);
  }

  private static RequestType of(
      String name, JsonStruct.Builder options, String as, Map<String, String> httpNames) {
    return new RequestType(
        JsonStruct.of("server." + name + "EventOptions")
            .embed(as, options.build())
            .embed("EventFilterOptions", FILTER)
            .build(),
        httpNames);
  }
}
