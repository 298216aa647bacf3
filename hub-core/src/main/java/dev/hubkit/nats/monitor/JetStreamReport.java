package dev.hubkit.nats.monitor;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.JetStreamConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.StreamDetail;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.JetStreamLimits;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.runtime.ClusterInfo;
import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.time.GoTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code /jsz}: JetStream, its accounts, streams and consumers. */
final class JetStreamReport {
  private final MonitoredServer server;

  JetStreamReport(MonitoredServer server) {
    this.server = server;
  }

  private List<Account> accounts() {
    List<Account> accounts = new ArrayList<>();
    JetStreamServer jetStreams = server.jetStreams();
    if (jetStreams != null) {
      for (Account account : server.accounts()) {
        if (jetStreams.of(account) != null) {
          accounts.add(account);
        }
      }
    }
    return accounts;
  }

  void config(JsonWriter json, boolean withDirectory) {
    JetStreamServer jetStreams = server.jetStreams();
    if (jetStreams == null) {
      return;
    }
    JetStreamConfig settings = server.config().get(Options.JETSTREAM_SETTINGS);
    JetStreamOptions options = jetStreams.options();
    json.beginObject("config")
        .field("max_memory", jetStreams.maxMemory())
        .field("max_storage", jetStreams.maxStorage())
        .fieldIfSet(
            "store_dir",
            withDirectory ? options.storeDirectory().resolve("jetstream").toString() : "")
        .field("sync_interval", options.syncInterval().toNanos())
        .fieldIfSet("sync_always", options.syncAlways())
        .fieldIfSet("domain", settings.domain())
        // Where the server chooses one of the two, it does not report compression.
        .fieldIfSet("compress_ok", settings.maxMemory() > 0 && settings.maxStore() > 0)
        .fieldIfSet("strict", options.strict())
        .endObject();
  }

  void limits(JsonWriter json) {
    JetStreamServer jetStreams = server.jetStreams();
    json.beginObject("limits");
    if (jetStreams != null) {
      JetStreamLimits limits = jetStreams.limits();
      json.fieldIfSet("max_request_batch", limits.maxRequestBatch())
          .fieldIfSet("max_ack_pending", limits.maxAckPending())
          .fieldIfSet("max_duplicate_window", limits.duplicateWindow().toNanos())
          .fieldIfSet("max_batch_inflight_per_stream", limits.maxOpenBatches())
          .fieldIfSet("max_batch_inflight_total", limits.maxOpenBatchesTotal())
          .fieldIfSet("max_batch_size", limits.maxBatchMessages())
          .fieldIfSet("max_batch_timeout", limits.batchTimeout().toNanos())
          .fieldIfSet("default_max_consumers", limits.defaultMaxConsumers());
    }
    json.endObject();
  }

  void stats(JsonWriter json) {
    JetStreamServer jetStreams = server.jetStreams();
    JetStreamServer.Usage all =
        jetStreams == null ? JetStreamServer.Usage.NONE : jetStreams.usage();
    json.field("memory", all.memory())
        .field("storage", all.storage())
        .field("reserved_memory", all.reservedMemory())
        .field("reserved_storage", all.reservedStorage())
        .field("accounts", accounts().size())
        .field("ha_assets", replicatedAssets(jetStreams))
        .beginObject("api")
        .field("level", server.compatibility().apiLevel())
        .field("total", all.apiTotal())
        .field("errors", all.apiErrors())
        .endObject();
  }

  private static int replicatedAssets(@Nullable JetStreamServer jetStreams) {
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    return peer == null ? 0 : peer.replicatedAssets();
  }

  /** Writes what the server knows of the group of all servers; nothing without a cluster. */
  void meta(JsonWriter json, String field) {
    JetStreamServer jetStreams = server.jetStreams();
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    if (peer == null) {
      return;
    }
    meta(json, field, peer, true);
  }

  /** Writes the group of all servers as heartbeats tell of it: with its servers by the leader. */
  void metaOfHeartbeat(JsonWriter json) {
    JetStreamServer jetStreams = server.jetStreams();
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    if (peer != null) {
      meta(json, "meta", peer, peer.isMetaLeader());
    }
  }

  private void meta(JsonWriter json, String field, JetStreamPeer peer, boolean isWhole) {
    GroupStatus status = peer.metaStatus();
    String leader = status.leader();
    json.beginObject(field).field("name", isWhole ? status.cluster() : status.raftGroup());
    if (leader != null) {
      json.field("leader", leader).field("peer", NameHash.of(leader));
    }
    if (isWhole && !status.replicas().isEmpty()) {
      json.beginArray("replicas");
      status.replicas().forEach(replica -> ClusterInfo.write(replica, json));
      json.endArray();
    }
    int size = status.replicas().size() + 1;
    json.field("cluster_size", size)
        .field("quorum_needed", size / 2 + 1)
        .field("pending", 0)
        .field("pending_requests", 0)
        .field("pending_infos", 0)
        .beginObject("snapshot")
        .field("pending_entries", 0)
        .field("pending_size", 0)
        .field("last_time", GoTime.stamp(server.started()))
        .endObject()
        .endObject();
  }

  void write(JsonWriter json, Query query) {
    final Asked asked = Asked.of(query);
    if (asked.leaderOnly && !leads()) {
      throw new Query.OtherAnswersException("not leader");
    }
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
    JetStreamServer jetStreams = server.jetStreams();
    if (jetStreams == null) {
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
    details(json, jetStreams, asked);
    json.endObject();
  }

  // As in nats-server, one without JetStream does not, and one that is in no cluster does.
  private boolean leads() {
    JetStreamServer jetStreams = server.jetStreams();
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    return jetStreams != null && (peer == null || peer.isMetaLeader());
  }

  private static void zeroes(JsonWriter json) {
    json.field("streams", 0).field("consumers", 0).field("messages", 0).field("bytes", 0);
  }

  /**
   * What the report is to tell of.
   *
   * @param paging which accounts; null for all
   * @param leaderOnly whether only the server that leads the cluster answers
   */
  private record Asked(
      boolean accounts,
      boolean streams,
      JetStreamServer.Details details,
      @Nullable Paging paging,
      boolean leaderOnly,
      String account) {
    // In nats-server's order: the first mistake is the one that is told.
    static Asked of(Query query) {
      boolean accounts = query.bool("accounts");
      boolean streams = query.bool("streams");
      boolean consumers = query.bool("consumers");
      boolean direct = query.bool("direct-consumers");
      boolean config = query.bool("config");
      Paging paging = Paging.of(query);
      boolean isUnlimited = query.integer("limit") < 0;
      boolean leaderOnly = query.bool("leader-only");
      boolean raft = query.bool("raft");
      boolean ledStreams = query.bool("stream-leader-only");
      return new Asked(
          accounts,
          streams,
          new JetStreamServer.Details(config, consumers, direct, raft, ledStreams),
          isUnlimited ? null : paging,
          leaderOnly,
          query.text("acc"));
    }
  }

  private static void sums(
      JsonWriter json, Collection<List<StreamDetail>> accounts, boolean leaders) {
    long consumers = 0;
    long messages = 0;
    long bytes = 0;
    long streams = 0;
    long streamsLed = 0;
    long consumersLed = 0;
    for (List<StreamDetail> list : accounts) {
      for (StreamDetail stream : list) {
        JsonObject state = stream.json().object("state");
        streams++;
        streamsLed += stream.isLed() ? 1 : 0;
        consumersLed += stream.consumersLed();
        if (state != null) {
          consumers += state.integer("consumer_count", 0);
          messages += state.integer("messages", 0);
          bytes += state.integer("bytes", 0);
        }
      }
    }
    json.field("streams", streams)
        .fieldIfSet("streams_leader", leaders ? streamsLed : 0)
        .field("consumers", consumers)
        .fieldIfSet("consumers_leader", leaders ? consumersLed : 0)
        .field("messages", messages)
        .field("bytes", bytes);
  }

  private void details(JsonWriter json, JetStreamServer jetStreams, Asked asked) {
    boolean streams = asked.streams || asked.details.consumers();
    List<Account> accounts = accounts();
    accounts.sort(Comparator.comparing(Account::name));
    Map<Account, List<StreamDetail>> streamsOf = new LinkedHashMap<>();
    for (Account account : accounts) {
      streamsOf.put(account, jetStreams.streams(account, asked.details));
    }
    sums(json, streamsOf.values(), asked.details.raft());
    meta(json, "meta_cluster");
    List<Account> shown =
        shown(
            accounts,
            asked.account,
            asked.accounts || (streams && asked.account.isEmpty()),
            asked.paging);
    if (!shown.isEmpty()) {
      json.beginArray("account_details");
      for (Account account : shown) {
        account(json, jetStreams, account, streams ? streamsOf.get(account) : null, asked);
      }
      json.endArray();
    }
    json.field("total", accounts.size());
  }

  private static List<Account> shown(
      List<Account> accounts, String named, boolean all, @Nullable Paging paging) {
    for (Account account : accounts) {
      if (account.name().equals(named)) {
        return List.of(account);
      }
    }
    // Streams of an account that is not there are those of none.
    if (!all) {
      return List.of();
    }
    return paging == null ? accounts : paging.of(accounts);
  }

  /** Writes the report of one account that has JetStream. */
  void accountAlone(JsonWriter json, Account account, Query query) {
    JetStreamServer jetStreams = Objects.requireNonNull(server.jetStreams());
    Asked asked = Asked.of(query);
    // Unlike the report on all, consumers alone do not bring the streams.
    account(
        json,
        jetStreams,
        account,
        asked.streams ? jetStreams.streams(account, asked.details) : null,
        asked);
  }

  private static void account(
      JsonWriter json,
      JetStreamServer jetStreams,
      Account account,
      @Nullable List<StreamDetail> streams,
      Asked asked) {
    JetStreamServer.Usage usage = jetStreams.usage(account);
    AccountLimits flat = jetStreams.limits(account).get("");
    json.beginObject()
        .field("name", account.nameTag())
        .field("id", account.name())
        .field("memory", usage.memory())
        .field("storage", usage.storage())
        .unsigned("reserved_memory", flat == null ? 0 : flat.maxMemory())
        .unsigned("reserved_storage", flat == null ? 0 : flat.maxStorage())
        .field("accounts", 0)
        .field("ha_assets", 0)
        .beginObject("api")
        .field("level", 0)
        .field("total", usage.apiTotal())
        .field("errors", usage.apiErrors())
        .endObject();
    List<StreamDetail> shown = new ArrayList<>(streams == null ? List.of() : streams);
    shown.removeIf(stream -> asked.details.ledStreams() && !stream.isLed());
    if (!shown.isEmpty()) {
      json.beginArray("stream_detail");
      shown.forEach(stream -> json.any(stream.json()));
      json.endArray();
    }
    json.endObject();
  }
}
