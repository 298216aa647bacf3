package dev.hubkit.nats;

import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.route.ClientUrls;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.wire.ServerInfo;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps what INFO says of a server up to date. Thread-safe. */
final class InfoUpdater {
  private final Clients clients;

  /** Updates the INFO of {@code clients}. */
  InfoUpdater(Clients clients) {
    this.clients = clients;
  }

  /** The INFO of a server that is about to start, as far as its options decide it. */
  static ServerInfo.Builder initial(NatsOptions options, String id, int port) {
    ServerConfig config = options.config();
    String name = options.serverName();
    ServerInfo.Builder info =
        ServerInfo.builder(id, name == null ? id : name, options.compatibility())
            .address(options.host(), port)
            .headers(!config.get(Options.NO_HEADERS))
            .maxPayload(options.maxPayload());
    setTls(info, config);
    return info;
  }

  /** Tells clients what a reload has changed. */
  void optionsChanged(NatsOptions options, boolean authRequired) {
    update(
        info -> {
          info.authRequired(authRequired).maxPayload(options.maxPayload());
          setTls(info, options.config());
        });
  }

  private static void setTls(ServerInfo.Builder info, ServerConfig config) {
    config
        .get(Options.TLS)
        .ifPresent(
            tls -> {
              boolean optional = config.get(Options.ALLOW_NON_TLS);
              info.tls(!optional, tls.settings().verify(), optional);
            });
  }

  /** Tells clients to which other servers they can connect; does nothing without a cluster. */
  void clusterChanged(@Nullable Cluster cluster) {
    if (cluster != null) {
      update(
          info -> {
            // Within the update: of two that come at the same time, the last one knows all.
            ClientUrls urls = cluster.clientUrls();
            info.cluster(cluster.name(), urls.tcp(), urls.webSocket());
          });
    }
  }

  /** Tells clients that the server is in lame duck mode. */
  void lameDuck() {
    update(info -> info.lameDuck(true));
  }

  /** Tells clients the public key that they encrypt with. */
  void curveKey(String publicKey) {
    update(info -> info.xkey(publicKey));
  }

  private synchronized void update(Consumer<ServerInfo.Builder> change) {
    ServerInfo before = clients.info();
    ServerInfo.Builder info = before.toBuilder();
    change.accept(info);
    ServerInfo after = info.build();
    // Servers that advertise nothing come and go without a word to clients.
    if (!Arrays.equals(before.line(), after.line())) {
      clients.info(after);
    }
  }
}
