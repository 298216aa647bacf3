package dev.hubkit.nats.leaf;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.peer.PeerOutput;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.text.GoNumber;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes the INFO that this server sends its leaf nodes, with the fields of nats-server in their
 * order. Thread-safe.
 */
final class LeafInfoWriter {
  private final LeafServer server;
  private final Supplier<LeafSettings> settings;
  private final int port;

  /**
   * Writes for a server.
   *
   * @param port where leaf nodes connect to it
   */
  LeafInfoWriter(LeafServer server, Supplier<LeafSettings> settings, int port) {
    this.server = server;
    this.settings = settings;
    this.port = port;
  }

  /**
   * Returns the INFO that comes first, and the one that chooses the compression.
   *
   * @param nonce what the leaf node is to sign; empty for nothing
   * @param compression the mode of compression; empty for none
   */
  byte[] greeting(long id, String nonce, String compression) {
    return line(id, nonce, compression, null);
  }

  /** Returns the INFO that tells where the servers of the cluster are now. */
  byte[] update() {
    return line(0, "", "", null);
  }

  /** Returns where leaf nodes connect to this server; empty when nobody is told. */
  String url() {
    LeafSettings current = settings.get();
    return port == 0 || current.noAdvertise() ? "" : address(current).toString();
  }

  /** Returns where leaf nodes connect to this server and the others of its cluster. */
  List<String> urls() {
    Set<String> all = new LinkedHashSet<>();
    String own = url();
    if (!own.isEmpty()) {
      all.add(own);
    }
    all.addAll(server.otherUrls());
    return List.copyOf(all);
  }

  /** Returns the INFO in answer to CONNECT. */
  byte[] answer(long id, Answer answer) {
    return line(id, "", "", answer);
  }

  /**
   * What a leaf node is told of its login.
   *
   * @param user what the user may do, as which it has logged in
   */
  record Answer(String account, boolean system, Permissions user) {}

  private byte[] line(long id, String nonce, String compression, @Nullable Answer answer) {
    ServerInfo self = server.info();
    LeafSettings current = settings.get();
    TlsContext tls = current.tls();
    HostPort address = address(current);
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .field("server_id", self.serverId())
            .field("server_name", self.serverName())
            .field("version", self.version())
            .field("proto", LeafInfo.TRACING)
            .field("go", "java" + Runtime.version().feature())
            .field("host", address.host())
            .field("port", address.port())
            .field("headers", self.headers())
            .field("auth_required", true)
            .fieldIfSet("tls_required", tls != null)
            .fieldIfSet("tls_verify", tls != null && tls.settings().verify())
            .field("max_payload", self.maxPayload())
            .fieldIfSet("jetstream", self.jetStream())
            .field("ip", address.toString())
            .fieldIfSet("client_id", id)
            .fieldIfSet("nonce", nonce)
            .fieldIfSet("cluster", server.clusterName())
            .fieldIfSet("domain", server.domain())
            .fieldIfSet("compression", compression);
    if (answer != null) {
      json.field("connect_info", true)
          .field("remote_account", answer.account())
          .fieldIfSet("acc_is_sys", answer.system());
    }
    json.field("api_lvl", self.compatibility().apiLevel());
    if (answer != null) {
      Permissions user = answer.user();
      new SubjectRules(user.subscribeAllow(), user.subscribeDeny()).write(json, "import");
      new SubjectRules(user.publishAllow(), user.publishDeny()).write(json, "export");
    }
    json.field("info_on_connect", true).fieldIfSet("leafnode_urls", urls()).endObject();
    return PeerOutput.line("INFO ", json.toBytes());
  }

  private HostPort address(LeafSettings current) {
    String advertised = current.advertise();
    if (advertised.isEmpty()) {
      return new HostPort(current.host(), port);
    }
    String text = HostPort.advertised(advertised, port);
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon);
    return new HostPort(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        (int) GoNumber.integer32(text.substring(colon + 1)).orElse(port));
  }
}
