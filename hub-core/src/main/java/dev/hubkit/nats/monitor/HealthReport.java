package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.StoredStreams;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.work.Health;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code /healthz}: whether the server, or one stream or consumer of it, is there to be used. As
 * nats-server by itself does, it looks through the directories of streams in files: a stream in
 * memory is not found, nor, with 2.14, an account without any in files.
 */
final class HealthReport {
  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;
  private static final int FAILED = 500;

  private final MonitoredServer server;

  HealthReport(MonitoredServer server) {
    this.server = server;
  }

  /** What the problem concerns, by the names of nats-server. */
  private enum Concern {
    CONNECTION,
    BAD_REQUEST,
    JETSTREAM,
    ACCOUNT,
    STREAM,
    CONSUMER
  }

  private record Trouble(
      Concern concern, String account, String stream, String consumer, String text) {
    void write(JsonWriter json) {
      json.beginObject()
          .field("type", concern.name())
          .fieldIfSet("account", account)
          .fieldIfSet("stream", stream)
          .fieldIfSet("consumer", consumer)
          .field("error", text)
          .endObject();
    }
  }

  /** The health: an HTTP status, a word for it, and the problem. */
  private record Result(int code, String status, List<Trouble> troubles) {
    static final Result GOOD = new Result(OK, "ok", List.of());

    static Result bad(int code, String status, Concern concern, String text) {
      return new Result(code, status, List.of(new Trouble(concern, "", "", "", text)));
    }

    static Result notFound(Trouble trouble) {
      return new Result(NOT_FOUND, "unavailable", List.of(trouble));
    }
  }

  /** The stream and consumer to check; an empty name for none. */
  private record Asset(String account, String stream, String consumer) {
    boolean covers(String someAccount, String someStream) {
      return (account.isEmpty() || account.equals(someAccount))
          && (stream.isEmpty() || stream.equals(someStream));
    }
  }

  /** Writes the report, and returns the HTTP status that goes with it. */
  int write(JsonWriter json, Query query, boolean withCode) {
    Asked asked = Asked.of(query);
    boolean details = asked.details;
    Result result = result(asked);
    boolean good = result.troubles.isEmpty();
    json.beginObject().field("status", !good && details ? "error" : result.status);
    if (withCode) {
      json.field("status_code", result.code);
    }
    if (!good && details) {
      json.beginArray("errors");
      result.troubles.forEach(trouble -> trouble.write(json));
      json.endArray();
    } else if (!good) {
      json.field("error", result.troubles.get(0).text);
    }
    json.endObject();
    return result.code;
  }

  /** What is to be checked. */
  private record Asked(
      boolean enabledOnly, boolean serverOnly, boolean leafs, boolean details, Asset asset) {
    // Reads all of the options in nats-server's order: the first mistake is the one that is told.
    static Asked of(Query query) {
      boolean enabled = query.bool("js-enabled");
      boolean enabledOnly = query.bool("js-enabled-only") || enabled;
      boolean serverOnly = query.bool("js-server-only");
      query.bool("js-meta-only");
      boolean leafs = query.bool("leaf-remotes-connected");
      return new Asked(
          enabledOnly,
          serverOnly,
          leafs,
          query.bool("details"),
          new Asset(query.text("account"), query.text("stream"), query.text("consumer")));
    }
  }

  private Result result(Asked asked) {
    Asset asset = asked.asset;
    if (asset.account.isEmpty() && !asset.stream.isEmpty()) {
      return missing("account", "stream");
    }
    if (asset.stream.isEmpty() && !asset.consumer.isEmpty()) {
      return missing("stream", "consumer");
    }
    String whole = server.trouble();
    if (!whole.isEmpty()) {
      return Result.bad(FAILED, "error", Concern.CONNECTION, whole);
    }
    List<Trouble> inside =
        server.health().troubles().stream()
            .filter(trouble -> !trouble.isOfStream())
            .map(trouble -> new Trouble(Concern.CONNECTION, "", "", "", trouble.toString()))
            .toList();
    if (!inside.isEmpty()) {
      return new Result(FAILED, "error", inside);
    }
    if (asked.leafs) {
      List<Trouble> apart =
          server.leafNodes().disconnected().stream()
              .map(text -> new Trouble(Concern.CONNECTION, "", "", "", text))
              .toList();
      if (!apart.isEmpty()) {
        return new Result(UNAVAILABLE, "unavailable", apart);
      }
    }
    if (asked.serverOnly || !server.wantsJetStream()) {
      return Result.GOOD;
    }
    JetStreamServer jetStreams = server.jetStreams();
    if (jetStreams == null) {
      return Result.bad(
          UNAVAILABLE, "unavailable", Concern.JETSTREAM, "JetStream not enabled (10076)");
    }
    return asked.enabledOnly ? Result.GOOD : assets(jetStreams.stored(), asset, asked.details);
  }

  private static Result missing(String field, String what) {
    return Result.bad(
        BAD_REQUEST,
        "error",
        Concern.BAD_REQUEST,
        "\"" + field + "\" must not be empty when checking " + what + " health");
  }

  // Without details, the first problem ends the search.
  private Result assets(StoredStreams stored, Asset wanted, boolean details) {
    Collection<String> accounts = accounts(stored);
    if (!wanted.account.isEmpty()) {
      if (!accounts.contains(wanted.account)) {
        return Result.notFound(
            new Trouble(
                Concern.ACCOUNT,
                wanted.account,
                "",
                "",
                "JetStream account \"" + wanted.account + "\" not found"));
      }
      accounts = List.of(wanted.account);
    }
    Result result = Result.GOOD;
    for (String account : accounts) {
      result =
          isKnown(account)
              ? streams(stored, account, wanted.stream, result)
              : worse(
                  result,
                  new Trouble(
                      Concern.ACCOUNT,
                      account,
                      "",
                      "",
                      "JetStream account '" + account + "' could not be resolved"));
    }
    for (Health.Trouble trouble : server.health().troubles()) {
      if (trouble.isOfStream() && wanted.covers(trouble.account(), trouble.stream())) {
        result = worse(result, streamTrouble(trouble.account(), trouble.stream(), trouble.why()));
      }
    }
    boolean ends = wanted.stream.isEmpty() || (!details && !result.troubles.isEmpty());
    return ends ? result : found(stored, wanted, result);
  }

  // nats-server 2.15 makes the directory of an account's streams before there is any.
  private Collection<String> accounts(StoredStreams stored) {
    Set<String> names = new TreeSet<>(stored.accounts());
    JetStreamServer jetStreams = server.jetStreams();
    boolean early = server.compatibility().atLeast(Compatibility.V2_15);
    if (jetStreams != null && early) {
      for (Account account : server.accounts()) {
        if (jetStreams.of(account) != null) {
          names.add(account.name());
        }
      }
    }
    return names;
  }

  private static Result worse(Result result, Trouble trouble) {
    List<Trouble> troubles = new ArrayList<>(result.troubles);
    troubles.add(trouble);
    return new Result(UNAVAILABLE, "unavailable", troubles);
  }

  private boolean isKnown(String name) {
    for (Account account : server.accounts()) {
      if (account.name().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static Result streams(
      StoredStreams stored, String account, String wanted, Result before) {
    Result result = before;
    for (String stream : stored.of(account)) {
      String error =
          wanted.isEmpty() || wanted.equals(stream) ? error(stored, account, stream) : "";
      if (!error.isEmpty()) {
        result = worse(result, streamTrouble(account, stream, error));
      }
      if (wanted.isEmpty() || wanted.equals(stream)) {
        result = consumers(stored, account, stream, result);
      }
    }
    return result;
  }

  // nats-server leaves such a consumer out without a word here.
  private static Result consumers(
      StoredStreams stored, String account, String stream, Result before) {
    Result result = before;
    for (String consumer : stored.unrecovered(account, stream)) {
      String text =
          "JetStream consumer '"
              + account
              + " > "
              + stream
              + " > "
              + consumer
              + "' could not be recovered";
      result = worse(result, new Trouble(Concern.CONSUMER, account, stream, consumer, text));
    }
    return result;
  }

  private static Trouble streamTrouble(String account, String stream, String error) {
    String text = "JetStream stream '" + account + " > " + stream + "' " + error;
    return new Trouble(Concern.STREAM, account, stream, "", text);
  }

  private static String error(StoredStreams stored, String account, String stream) {
    if (!stored.isThere(account, stream)) {
      return "could not be recovered";
    }
    String writing = stored.writeError(account, stream);
    return writing.isEmpty() ? "" : "write error: " + writing;
  }

  private Result found(StoredStreams stored, Asset wanted, Result result) {
    if (!isKnown(wanted.account) || !stored.of(wanted.account).contains(wanted.stream)) {
      return Result.notFound(
          new Trouble(
              Concern.STREAM,
              wanted.account,
              wanted.stream,
              "",
              "JetStream stream \""
                  + wanted.stream
                  + "\" not found on account \""
                  + wanted.account
                  + "\""));
    }
    if (!wanted.consumer.isEmpty()
        && !stored.hasConsumer(wanted.account, wanted.stream, wanted.consumer)) {
      return Result.notFound(
          new Trouble(
              Concern.CONSUMER,
              wanted.account,
              wanted.stream,
              wanted.consumer,
              "JetStream consumer \""
                  + wanted.consumer
                  + "\" not found for stream \""
                  + wanted.stream
                  + "\" on account \""
                  + wanted.account
                  + "\""));
    }
    return result;
  }
}
