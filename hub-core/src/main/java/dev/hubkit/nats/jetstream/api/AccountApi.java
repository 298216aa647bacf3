package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.runtime.ClusterAccount;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Answers requests for the use and the limits of an account. */
final class AccountApi {
  private static final AccountLimits NOTHING = new AccountLimits(0, 0, 0, 0, 0, 0, 0, false);

  private AccountApi() {}

  public static void register(ApiRouter router) {
    router.register("INFO", "account_info_response", AccountApi::info);
  }

  private static void info(ApiRequest request, WorkBatch batch) {
    AccountJetStream jetStream = request.jetStream();
    ClusterGate cluster = request.cluster();
    List<AccountJetStream> everywhere =
        cluster == null ? List.of(jetStream) : cluster.jetStreams(request);
    Map<String, AccountLimits> limits = jetStream.resources().limits();
    JsonWriter out = request.response();
    writeUsage(out, jetStream, everywhere);
    AccountLimits flat = limits.get("");
    out.beginObject("limits");
    writeLimits(out, flat == null ? NOTHING : flat);
    out.endObject();
    out.fieldIfSet("domain", jetStream.options().domain());
    out.beginObject("api")
        .field("level", jetStream.compatibility().apiLevel())
        .field("total", sum(everywhere, AccountJetStream::apiTotal))
        .field("errors", sum(everywhere, AccountJetStream::apiErrors))
        .endObject();
    if (flat == null) {
      out.beginObject("tiers");
      // A single server has streams of one replica only: all usage is in that tier, which is told
      // of even where it is not granted any more.
      Map<String, AccountLimits> tiers = new TreeMap<>();
      if (!jetStream.configs().isEmpty()) {
        tiers.put("R1", limits.getOrDefault("R1", NOTHING));
      }
      // As in nats-server, the numbers tell whether there are other tiers.
      if (limits.size() != tiers.size()) {
        tiers.putAll(limits);
      }
      tiers.forEach(
          (tier, tierLimits) -> {
            out.beginObject(tier);
            if (tier.equals("R1")) {
              writeUsage(out, jetStream, everywhere);
            } else {
              writeNoUsage(out);
            }
            out.beginObject("limits");
            writeLimits(out, tierLimits);
            out.endObject().endObject();
          });
      out.endObject();
    }
    request.respond(out, batch);
  }

  private static long sum(
      List<AccountJetStream> everywhere, ToLongFunction<AccountJetStream> figure) {
    return everywhere.stream().mapToLong(figure).sum();
  }

  private static void writeUsage(
      JsonWriter out, AccountJetStream jetStream, List<AccountJetStream> everywhere) {
    out.field("memory", sum(everywhere, each -> each.resources().used(StorageType.MEMORY)))
        .field("storage", sum(everywhere, each -> each.resources().used(StorageType.FILE)))
        .field("reserved_memory", jetStream.resources().reserved(StorageType.MEMORY, ""))
        .field("reserved_storage", jetStream.resources().reserved(StorageType.FILE, ""))
        .field("streams", jetStream.configs().size())
        .field("consumers", consumers(jetStream));
  }

  private static long consumers(AccountJetStream jetStream) {
    ClusterAccount cluster = jetStream.cluster();
    long consumers = 0;
    if (cluster == null) {
      for (Stream stream : jetStream.streams()) {
        consumers += stream.consumers().count();
      }
    } else {
      for (StreamConfig config : cluster.streams()) {
        consumers += cluster.consumersOf(config.name());
      }
    }
    return consumers;
  }

  private static void writeNoUsage(JsonWriter out) {
    out.field("memory", 0)
        .field("storage", 0)
        .field("reserved_memory", 0)
        .field("reserved_storage", 0)
        .field("streams", 0)
        .field("consumers", 0);
  }

  private static void writeLimits(JsonWriter out, AccountLimits limits) {
    out.field("max_memory", limits.maxMemory())
        .field("max_storage", limits.maxStorage())
        .field("max_streams", limits.maxStreams())
        .field("max_consumers", limits.maxConsumers())
        .field("max_ack_pending", limits.maxAckPending())
        .field("memory_max_stream_bytes", limits.memoryMaxStreamBytes())
        .field("storage_max_stream_bytes", limits.storageMaxStreamBytes())
        .field("max_bytes_required", limits.maxBytesRequired());
  }
}
