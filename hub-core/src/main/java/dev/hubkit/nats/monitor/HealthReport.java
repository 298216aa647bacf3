package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.jetstream.JetStreams;
import org.jspecify.annotations.Nullable;

/** {@code /healthz}: whether the server, or one stream or consumer of it, is there to be used. */
final class HealthReport {
  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  private final MonitoredServer server;

  HealthReport(MonitoredServer server) {
    this.server = server;
  }

  /** What the trouble is with, under the names nats-server gives it. */
  private enum Concern {
    CONNECTION,
    BAD_REQUEST,
    JETSTREAM,
    ACCOUNT,
    STREAM,
    CONSUMER
  }

  private record Trouble(
      int code,
      String status,
      Concern concern,
      String account,
      String stream,
      String consumer,
      String text) {
    static Trouble of(int code, String status, Concern concern, String text) {
      return new Trouble(code, status, concern, "", "", "", text);
    }
  }

  /** Writes the report, and returns the HTTP status that goes with it. */
  int write(JsonWriter json, Query query, boolean withCode) {
    Trouble trouble = trouble(query);
    int code = trouble == null ? OK : trouble.code;
    boolean details = query.bool("details");
    String status = trouble == null ? "ok" : details ? "error" : trouble.status;
    json.beginObject().field("status", status);
    if (withCode) {
      json.field("status_code", code);
    }
    if (trouble != null && details) {
      json.beginArray("errors")
          .beginObject()
          .field("type", trouble.concern.name())
          .fieldIfSet("account", trouble.account)
          .fieldIfSet("stream", trouble.stream)
          .fieldIfSet("consumer", trouble.consumer)
          .field("error", trouble.text)
          .endObject()
          .endArray();
    } else if (trouble != null) {
      json.field("error", trouble.text);
    }
    json.endObject();
    return code;
  }

  private @Nullable Trouble trouble(Query query) {
    // All are looked at, so that none that makes no sense goes unnoticed.
    boolean enabled = query.bool("js-enabled");
    boolean enabledOnly = query.bool("js-enabled-only") || enabled;
    boolean serverOnly = query.bool("js-server-only");
    query.bool("js-meta-only");
    String account = query.text("account");
    String stream = query.text("stream");
    String consumer = query.text("consumer");
    if (account.isEmpty() && !stream.isEmpty()) {
      return missing("account", "stream");
    }
    if (stream.isEmpty() && !consumer.isEmpty()) {
      return missing("stream", "consumer");
    }
    String whole = server.trouble();
    if (!whole.isEmpty()) {
      return Trouble.of(UNAVAILABLE, "unavailable", Concern.CONNECTION, whole);
    }
    if (serverOnly || !server.config().get(Options.JETSTREAM)) {
      return null;
    }
    JetStreams jetStreams = server.jetStreams();
    if (jetStreams == null) {
      return Trouble.of(
          UNAVAILABLE, "unavailable", Concern.JETSTREAM, "JetStream not enabled (10076)");
    }
    return enabledOnly || account.isEmpty() ? null : asset(jetStreams, account, stream, consumer);
  }

  private static Trouble missing(String field, String what) {
    return Trouble.of(
        BAD_REQUEST,
        "error",
        Concern.BAD_REQUEST,
        "\"" + field + "\" must not be empty when checking " + what + " health");
  }

  // Streams are all there once the server is: what is left to find out is whether one exists.
  private @Nullable Trouble asset(
      JetStreams jetStreams, String account, String stream, String consumer) {
    Account found = null;
    for (Account each : server.accounts()) {
      if (each.name().equals(account) && jetStreams.of(each) != null) {
        found = each;
      }
    }
    if (found == null) {
      return new Trouble(
          NOT_FOUND,
          "unavailable",
          Concern.ACCOUNT,
          account,
          "",
          "",
          "JetStream account \"" + account + "\" not found");
    }
    if (!stream.isEmpty() && ask(found, "$JS.API.STREAM.INFO." + stream) == null) {
      return new Trouble(
          NOT_FOUND,
          "unavailable",
          Concern.STREAM,
          account,
          stream,
          "",
          "JetStream stream \"" + stream + "\" not found on account \"" + account + "\"");
    }
    if (!consumer.isEmpty()
        && ask(found, "$JS.API.CONSUMER.INFO." + stream + "." + consumer) == null) {
      return new Trouble(
          NOT_FOUND,
          "unavailable",
          Concern.CONSUMER,
          account,
          stream,
          consumer,
          "JetStream consumer \""
              + consumer
              + "\" not found for stream \""
              + stream
              + "\" on account \""
              + account
              + "\"");
    }
    return null;
  }

  private static @Nullable JsonObject ask(Account account, String subject) {
    return ApiClient.request(account, subject, "");
  }
}
