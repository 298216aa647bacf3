package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.io.PlantedLinkException;
import dev.hubkit.io.PrivateFiles;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.StoreDirectory;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.UpstreamState;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The NATS half of a hub. */
final class NatsService {
  private NatsService() {}

  /**
   * Starts it.
   *
   * @param ready called when the server is ready to let clients in; if it throws, the server ends
   *     before any client can connect, and this method throws the same
   */
  static NatsServer start(Workspace workspace, HubOptions options, int port, Runnable ready)
      throws IOException {
    NatsOptions natsOptions = options(workspace, options, port);
    try {
      return NatsServer.start(natsOptions, ready::run);
    } catch (NatsException e) {
      throw ServerPort.failure("NATS", "--nats-port", options.host(), port, e);
    }
  }

  /**
   * Starts several servers.
   *
   * @param ready called when clients can connect; if it throws, the servers end, and this method
   *     throws the same
   */
  static NatsCluster startCluster(Workspace workspace, HubOptions options, Runnable ready)
      throws IOException {
    NatsOptions natsOptions = options(workspace, options, 0);
    NatsCluster cluster;
    try {
      cluster = NatsCluster.start(options.natsServers(), natsOptions, options.electionSeed());
    } catch (NatsException e) {
      throw new HubException(
          Reason.SERVER_FAILED, "the NATS servers cannot be started: " + e.getMessage(), e);
    }
    boolean done = false;
    try {
      ready.run();
      done = true;
      return cluster;
    } finally {
      if (!done) {
        cluster.close();
      }
    }
  }

  private static NatsOptions options(Workspace workspace, HubOptions options, int port)
      throws IOException {
    prepare(workspace.natsStore());
    NatsOptions.Builder builder =
        options
            .natsTuning()
            .apply(NatsOptions.builder())
            .host(options.host())
            .port(port)
            .jetStream(workspace.natsStore())
            .timeSource(options.timeSource());
    if (!options.domain().isEmpty()) {
      builder.domain(options.domain());
    }
    NatsUpstream upstream = options.upstream();
    if (upstream != null) {
      upstream.addTo(builder);
      if (JetStreamDomain.of(builder.build().config()).isEmpty()) {
        builder.domain(JetStreamDomain.of(workspace.root()));
      }
    }
    return builder.build();
  }

  private static void prepare(Path store) {
    try {
      PrivateFiles.createDirectories(store);
      StoreDirectory.prepare(store);
    } catch (PlantedLinkException e) {
      throw new HubException(Reason.INACCESSIBLE, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE,
          "streams cannot be stored in "
              + store
              + ": "
              + (e instanceof FileAlreadyExistsException ? "it is not a directory" : e.getMessage())
              + "; check what is there, its owner and permissions, and the space left",
          e);
    }
  }

  /** Returns how a server is connected to the hubs that it is a leaf node of. */
  static List<UpstreamState> upstreams(NatsServer server) {
    String domain = JetStreamDomain.of(server.options().config());
    return server.leafRemotes().stream()
        .map(
            remote ->
                new UpstreamState(
                    UpstreamState.Kind.NATS,
                    Endpoint.shown(
                        remote.urls().stream().map(URI::toString).collect(Collectors.joining(","))),
                    remote.credentials(),
                    remote.connected(),
                    remote.since(),
                    remote.problem(),
                    domain,
                    remote.domain(),
                    null))
        .toList();
  }

  static Endpoint endpoint(NatsServer server) {
    return new Endpoint(server.clientUrl(), null, false);
  }

  static Endpoint endpoint(NatsCluster cluster) {
    return new Endpoint(String.join(",", cluster.clientUrls()), null, false);
  }
}
