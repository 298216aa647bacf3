package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.JetStreamConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.jetstream.JetStreamLimits;
import dev.hubkit.nats.jetstream.JetStreamOptions;
import dev.hubkit.nats.jetstream.JetStreams;
import dev.hubkit.nats.jetstream.StorageType;
import dev.hubkit.time.GoTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /jsz}: JetStream, its accounts, streams and consumers. */
final class JetStreamReport {
  private final MonitoredServer server;

  JetStreamReport(MonitoredServer server) {
    this.server = server;
  }

  private List<Account> accounts() {
    List<Account> accounts = new ArrayList<>();
    JetStreams jetStreams = server.jetStreams();
    if (jetStreams != null) {
      for (Account account : server.accounts()) {
        if (jetStreams.of(account) != null) {
          accounts.add(account);
        }
      }
    }
    return accounts;
  }

  private static @Nullable JsonObject info(Account account) {
    return ApiClient.request(account, "$JS.API.INFO", "");
  }

  void config(JsonWriter json, boolean withDirectory) {
    JetStreams jetStreams = server.jetStreams();
    if (jetStreams == null) {
      return;
    }
    JetStreamConfig settings = server.config().get(Options.JETSTREAM_SETTINGS);
    JetStreamOptions options = jetStreams.options();
    json.beginObject("config")
        .field("max_memory", jetStreams.maxBytes(StorageType.MEMORY))
        .field("max_storage", jetStreams.maxBytes(StorageType.FILE))
        .fieldIfSet(
            "store_dir",
            withDirectory ? options.storeDirectory().resolve("jetstream").toString() : "")
        .field("sync_interval", options.syncInterval().toNanos())
        .fieldIfSet("sync_always", options.syncAlways())
        .fieldIfSet("domain", settings.domain())
        // Where one of the two is left to the server, it says nothing of compression.
        .fieldIfSet("compress_ok", settings.maxMemory() > 0 && settings.maxStore() > 0)
        .fieldIfSet("strict", options.strict())
        .endObject();
  }

  void limits(JsonWriter json) {
    JetStreams jetStreams = server.jetStreams();
    json.beginObject("limits");
    if (jetStreams != null) {
      JetStreamLimits limits = jetStreams.options().serverLimits();
      json.fieldIfSet("max_request_batch", limits.maxRequestBatch())
          .fieldIfSet("max_ack_pending", limits.maxAckPending())
          .fieldIfSet("max_duplicate_window", limits.duplicateWindow().toNanos())
          .fieldIfSet("max_batch_inflight_per_stream", limits.maxOpenBatches())
          .fieldIfSet("max_batch_inflight_total", limits.maxOpenBatchesTotal())
          .fieldIfSet("max_batch_size", limits.maxBatchMessages())
          .fieldIfSet("max_batch_timeout", limits.batchTimeout().toNanos());
    }
    json.endObject();
  }

  void stats(JsonWriter json) {
    long memory = 0;
    long storage = 0;
    long total = 0;
    long errors = 0;
    List<Account> accounts = accounts();
    for (Account account : accounts) {
      JsonObject info = info(account);
      if (info != null) {
        memory += info.integer("memory", 0);
        storage += info.integer("storage", 0);
        JsonObject api = info.object("api");
        total += api == null ? 0 : api.integer("total", 0);
        errors += api == null ? 0 : api.integer("errors", 0);
      }
    }
    JetStreams jetStreams = server.jetStreams();
    json.field("memory", memory)
        .field("storage", storage)
        .field("reserved_memory", reserved(jetStreams, StorageType.MEMORY))
        .field("reserved_storage", reserved(jetStreams, StorageType.FILE))
        .field("accounts", accounts.size())
        .field("ha_assets", 0)
        .beginObject("api")
        .field("level", JetStreams.API_LEVEL)
        .field("total", total)
        .field("errors", errors)
        .endObject();
  }

  private static long reserved(@Nullable JetStreams jetStreams, StorageType storage) {
    return jetStreams == null ? 0 : jetStreams.reservedBytes(storage);
  }

  void write(JsonWriter json, Query query) {
    json.beginObject();
    if (server.jetStreams() != null) {
      stats(json);
    } else {
      json.field("memory", 0)
          .field("storage", 0)
          .field("reserved_memory", 0)
          .field("reserved_storage", 0)
          .field("accounts", 0)
          .field("ha_assets", 0)
          .beginObject("api")
          .field("level", 0)
          .field("total", 0)
          .field("errors", 0)
          .endObject();
    }
    json.field("server_id", server.clients().info().serverId())
        .field("now", GoTime.stamp(server.time().epochNanos()));
    if (server.jetStreams() == null) {
      json.field("disabled", true)
          .beginObject("config")
          .field("max_memory", 0)
          .field("max_storage", 0)
          .endObject()
          .beginObject("limits")
          .endObject();
      zeroes(json);
      json.field("total", 0).endObject();
      return;
    }
    config(json, true);
    limits(json);
    details(json, query);
    json.endObject();
  }

  private static void zeroes(JsonWriter json) {
    json.field("streams", 0).field("consumers", 0).field("messages", 0).field("bytes", 0);
  }

  private void details(JsonWriter json, Query query) {
    long consumers = 0;
    long messages = 0;
    long bytes = 0;
    long streams = 0;
    List<Account> accounts = accounts();
    List<List<JsonObject>> streamsOf = new ArrayList<>();
    for (Account account : accounts) {
      List<JsonObject> list = all(account, "$JS.API.STREAM.LIST", "streams");
      streamsOf.add(list);
      for (JsonObject stream : list) {
        JsonObject state = stream.object("state");
        streams++;
        if (state != null) {
          consumers += state.integer("consumer_count", 0);
          messages += state.integer("messages", 0);
          bytes += state.integer("bytes", 0);
        }
      }
    }
    json.field("streams", streams)
        .field("consumers", consumers)
        .field("messages", messages)
        .field("bytes", bytes);
    boolean withStreams = query.bool("streams") || query.bool("consumers") || query.bool("config");
    if (query.bool("accounts") || withStreams || query.has("acc")) {
      String wanted = query.text("acc");
      int offset = Math.max(0, query.integer("offset", 0));
      int limit = query.integer("limit", 1024);
      json.beginArray("account_details");
      for (int i = offset; i < accounts.size() && i - offset < limit; i++) {
        if (wanted.isEmpty() || accounts.get(i).name().equals(wanted)) {
          account(json, accounts.get(i), withStreams ? streamsOf.get(i) : null, query);
        }
      }
      json.endArray();
    }
    json.field("total", accounts.size());
  }

  private static List<JsonObject> all(Account account, String subject, String field) {
    List<JsonObject> found = new ArrayList<>();
    while (true) {
      JsonObject page = ApiClient.request(account, subject, "{\"offset\":" + found.size() + "}");
      if (page == null || page.objects(field).isEmpty()) {
        return found;
      }
      found.addAll(page.objects(field));
      if (found.size() >= page.integer("total", 0)) {
        return found;
      }
    }
  }

  /** The report of one account that has JetStream. */
  void accountAlone(JsonWriter json, Account account, Query query) {
    boolean withStreams = query.bool("streams") || query.bool("consumers") || query.bool("config");
    account(
        json, account, withStreams ? all(account, "$JS.API.STREAM.LIST", "streams") : null, query);
  }

  private static void account(
      JsonWriter json, Account account, @Nullable List<JsonObject> streams, Query query) {
    JsonObject info = info(account);
    JsonObject api = info == null ? null : info.object("api");
    JsonObject limits = info == null ? null : info.object("limits");
    json.beginObject()
        .field("name", account.name())
        .field("id", account.name())
        .field("memory", info == null ? 0 : info.integer("memory", 0))
        .field("storage", info == null ? 0 : info.integer("storage", 0))
        // Of an account, what it may take; without a limit, as nats-server writes -1.
        .unsigned("reserved_memory", limits == null ? 0 : limits.integer("max_memory", 0))
        .unsigned("reserved_storage", limits == null ? 0 : limits.integer("max_storage", 0))
        .field("accounts", 0)
        .field("ha_assets", 0)
        .beginObject("api")
        .field("level", 0)
        .field("total", api == null ? 0 : api.integer("total", 0))
        .field("errors", api == null ? 0 : api.integer("errors", 0))
        .endObject();
    if (streams != null && !streams.isEmpty()) {
      json.beginArray("stream_detail");
      for (JsonObject stream : streams) {
        stream(json, account, stream, query);
      }
      json.endArray();
    }
    json.endObject();
  }

  private static void stream(JsonWriter json, Account account, JsonObject stream, Query query) {
    JsonObject config = stream.object("config");
    String name = config == null ? "" : config.string("name", "");
    json.beginObject().field("name", name).any("created", stream.get("created"));
    if (query.bool("config")) {
      json.any("config", config);
    }
    json.any("state", stream.get("state"));
    if (query.bool("consumers")) {
      List<JsonObject> consumers = all(account, "$JS.API.CONSUMER.LIST." + name, "consumers");
      if (!consumers.isEmpty()) {
        json.beginArray("consumer_detail");
        for (JsonObject consumer : consumers) {
          json.beginObject();
          for (String field : consumer.names()) {
            if (!field.equals("config") || query.bool("config")) {
              json.any(field, consumer.get(field));
            }
          }
          json.endObject();
        }
        json.endArray();
      }
    }
    json.endObject();
  }
}
