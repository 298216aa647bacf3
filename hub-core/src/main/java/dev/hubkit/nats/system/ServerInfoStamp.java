package dev.hubkit.nats.system;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.monitor.FeatureFlags;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.time.GoTime;
import java.util.concurrent.atomic.AtomicLong;

/** The sender of a system message: nats-server's {@code ServerInfo}. Thread-safe. */
public final class ServerInfoStamp {
  // JetStreamEnabled, BinaryStreamSnapshot and AccountNRG.
  private static final int JETSTREAM_CAPABILITIES = 7;

  private final MonitoredServer server;
  private final AtomicLong sequence = new AtomicLong();

  /** Of a server. */
  public ServerInfoStamp(MonitoredServer server) {
    this.server = server;
  }

  /**
   * Counts a message that is not written, since nobody listens; nats-server numbers these, too, and
   * whoever sees some of the messages sees the same gaps.
   */
  void skip() {
    sequence.incrementAndGet();
  }

  /** Writes the stamp as a field; each has the next sequence number. */
  public JsonWriter write(JsonWriter json, String field) {
    json.beginObject(field);
    fields(json);
    return json.endObject();
  }

  /** Writes the stamp without the braces around it. */
  void fields(JsonWriter json) {
    ServerInfo info = server.clients().info();
    ServerConfig config = server.config();
    boolean jetStream = server.jetStreams() != null;
    json.field("name", info.serverName())
        .field("host", info.host())
        .field("id", info.serverId())
        .fieldIfSet("cluster", info.cluster())
        .fieldIfSet("domain", info.domain())
        .field("ver", info.version())
        .fieldIfSet("tags", config.get(Options.TAGS))
        .fieldIfSet("metadata", config.get(Options.METADATA));
    FeatureFlags.of(config, info.compatibility()).write(json);
    json.field("jetstream", jetStream)
        .field("flags", jetStream ? JETSTREAM_CAPABILITIES : 0)
        .field("seq", sequence.incrementAndGet())
        .field("time", GoTime.stamp(server.time().epochNanos()));
  }
}
