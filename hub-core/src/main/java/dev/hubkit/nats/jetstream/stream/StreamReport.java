package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.AssetVersions;
import dev.hubkit.nats.jetstream.config.StorageType;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.AccountContext;
import dev.hubkit.nats.jetstream.runtime.ClusterAccount;
import dev.hubkit.nats.jetstream.runtime.ClusterInfo;
import dev.hubkit.nats.jetstream.runtime.GroupStatus;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import dev.hubkit.work.MemoryShare;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the description of a stream for the API. Confined to the stream's executor. */
public final class StreamReport {
  public static final int MAX_SUBJECTS = 100_000;
  private static final String NEVER = "0001-01-01T00:00:00Z";
  private static final int MAX_DELETED = 1_000_000;

  // What an entry of a map takes beside the characters of its key.
  private static final int ENTRY = 128;

  private final Stream stream;
  private @Nullable MemoryShare memory;
  private boolean withDeleted;
  private boolean withDomain;
  private boolean withCluster;
  private @Nullable GroupStatus cluster;
  private boolean withVersions = true;
  private boolean withSources = true;
  private boolean withAlternates;
  private @Nullable Map<String, Long> subjects;

  public StreamReport(Stream stream) {
    this.stream = stream;
  }

  /** Lists the deleted sequences too. */
  public StreamReport withDeleted(boolean wanted) {
    withDeleted = wanted;
    return this;
  }

  public StreamReport withDomain() {
    withDomain = true;
    return this;
  }

  public StreamReport withCluster() {
    withCluster = true;
    return this;
  }

  /** Tells of a group as it was when the cluster agreed on it. */
  public StreamReport withCluster(@Nullable GroupStatus known) {
    cluster = known;
    return withCluster();
  }

  /** Leaves out the version and API level of the server, as lists do. */
  public StreamReport withoutVersions() {
    withVersions = false;
    return this;
  }

  /** Leaves out how the stream copies others, as the answer to a restore does. */
  public StreamReport withoutSources() {
    withSources = false;
    return this;
  }

  /** Lists the stream with its mirrors in a cluster, from any of which a client may read. */
  public StreamReport withAlternates() {
    withAlternates = true;
    return this;
  }

  /** Reserves the memory for long lists from this share. */
  public StreamReport withMemory(MemoryShare share) {
    memory = share;
    return this;
  }

  /** Lists these subjects with their numbers of messages. */
  public StreamReport withSubjects(Map<String, Long> counts) {
    subjects = counts;
    return this;
  }

  /**
   * Returns the number of messages by subject, for the subjects that a filter selects, in
   * alphabetical order.
   */
  public static Map<String, Long> subjects(Stream stream, String filter, MemoryShare memory) {
    Map<String, Long> counts = new TreeMap<>();
    stream
        .store()
        .subjects(
            SubjectFilter.of(filter),
            (subject, count) -> {
              memory.add(ENTRY + 2L * subject.length());
              counts.put(subject, count);
            });
    return counts;
  }

  /** Writes the fields into the open object. */
  public void writeTo(JsonWriter out) {
    StreamConfig config = stream.config();
    out.beginObject("config");
    (withVersions ? AssetVersions.describe(config, stream.jetStream().compatibility()) : config)
        .writeTo(out);
    out.endObject();
    out.field("created", Rfc3339.format(stream.created()));
    writeState(out);
    if (withDomain) {
      out.fieldIfSet("domain", stream.jetStream().options().domain());
    }
    ClusterInfo info = new ClusterInfo(stream.jetStream());
    if (cluster != null) {
      ClusterInfo.write(cluster, out);
    } else if (withCluster || info.tellsOfCluster()) {
      info.write(config, stream.created(), out);
    }
    if (withSources) {
      stream.sources().writeTo(out);
    }
    ClusterAccount account = stream.jetStream().cluster();
    if (withAlternates && account != null) {
      writeAlternates(account, out);
    }
    out.field("ts", Rfc3339.format(stream.time().epochNanos()));
  }

  // As streamAlternates of jetstream_cluster.go, which does not ask from where a mirror copies, and
  // lists nothing where there is only the stream itself. All of one cluster are equally near.
  private void writeAlternates(ClusterAccount account, JsonWriter out) {
    String name = stream.name();
    List<String> alternates =
        account.streams().stream()
            .filter(each -> each.name().equals(name) || isMirrorOf(name, each))
            .map(StreamConfig::name)
            .toList();
    if (alternates.size() < 2) {
      return;
    }
    out.beginArray("alternates");
    for (String each : alternates) {
      GroupStatus group = account.groupOf(each);
      out.beginObject().field("name", each);
      out.fieldIfSet("domain", stream.jetStream().options().domain());
      out.field("cluster", group == null ? "" : group.cluster()).endObject();
    }
    out.endArray();
  }

  private static boolean isMirrorOf(String stream, StreamConfig config) {
    StreamSource mirror = config.mirror();
    return mirror != null && mirror.name().equals(stream);
  }

  /** Writes the fields of a stream none of whose servers runs into the open object. */
  public static void writeOffline(
      AccountContext jetStream, StreamConfig config, long created, JsonWriter out) {
    out.beginObject("config");
    config.writeTo(out);
    out.endObject();
    out.field("created", Rfc3339.format(created))
        .beginObject("state")
        .field("messages", 0)
        .field("bytes", 0)
        .field("first_seq", 0)
        .field("first_ts", NEVER)
        .field("last_seq", 0)
        .field("last_ts", NEVER)
        .field("consumer_count", 0)
        .endObject();
    new ClusterInfo(jetStream).write(config, created, out);
    out.field("ts", Rfc3339.format(jetStream.time().epochNanos()));
  }

  /** Writes the field {@code cluster}. */
  public void writeCluster(JsonWriter out) {
    new ClusterInfo(stream.jetStream()).write(stream.config(), stream.created(), out);
  }

  /** Writes the field {@code state}. */
  public void writeState(JsonWriter out) {
    ClusterAccount cluster = stream.jetStream().cluster();
    int consumers = cluster == null ? 0 : cluster.consumersOf(stream.name());
    // In a cluster, a server may have only some of them.
    writeStateFields(
        out.beginObject("state"), consumers > 0 ? consumers : stream.consumers().listedCount());
    out.endObject();
  }

  /** Writes the state into the open object, as that of a stream with so many consumers. */
  public void writeStateFields(JsonWriter out, int consumers) {
    StreamStore store = stream.store();
    StoreState state = store.state();
    out.field("messages", state.messages())
        .field("bytes", state.bytes())
        .unsigned("first_seq", state.firstSequence())
        .field("first_ts", time(state.firstTimestamp()))
        .unsigned("last_seq", state.lastSequence())
        .field("last_ts", time(state.lastTimestamp()))
        .fieldIfSet("num_subjects", state.subjects());
    if (subjects != null && !subjects.isEmpty()) {
      out.beginObject("subjects");
      subjects.forEach((subject, count) -> out.field(subject, count.longValue()));
      out.endObject();
    }
    if (withDeleted
        && state.firstSequence() == 0
        && stream.config().storage() == StorageType.FILE) {
      // nats-server counts these as missing in files that never had a message or a purge.
      out.field("num_deleted", 1).beginArray("deleted").value(0).endArray();
    } else {
      out.fieldIfSet("num_deleted", state.deleted());
    }
    if (withDeleted && state.deleted() > 0) {
      MemoryShare share = memory;
      if (share != null) {
        share.add(Long.BYTES * Math.min(state.deleted(), MAX_DELETED));
      }
      out.beginArray("deleted");
      for (long sequence : store.deleted(MAX_DELETED)) {
        out.value(sequence);
      }
      out.endArray();
    }
    if (state.lostMessages() > 0 || state.lostBytes() > 0) {
      writeLost(out.beginObject("lost"), state);
      out.endObject();
    }
    out.field("consumer_count", consumers);
  }

  private void writeLost(JsonWriter out, StoreState state) {
    if (state.lostMessages() == 0) {
      out.any("msgs", null);
    } else {
      out.beginArray("msgs");
      for (long sequence : stream.store().lost(MAX_DELETED)) {
        out.value(sequence);
      }
      out.endArray();
    }
    out.field("bytes", state.lostBytes());
  }

  private static String time(long nanos) {
    return nanos == 0 ? NEVER : Rfc3339.format(nanos);
  }
}
