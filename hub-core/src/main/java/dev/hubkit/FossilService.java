package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.SqliteDriver;
import dev.hubkit.fossil.sync.Autosync;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.fossil.web.FossilServerOptions;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.UpstreamState;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The Fossil half of a hub: the repository, and the server in front of it. */
final class FossilService {
  private final FossilRepository repository;
  private final FossilServer server;
  private final @Nullable FossilUpstream upstream;
  private final @Nullable Autosync autosync;

  private FossilService(
      FossilRepository repository, FossilServer server, @Nullable FossilUpstream upstream) {
    this.repository = repository;
    this.server = server;
    this.upstream = upstream;
    this.autosync =
        upstream == null
            ? null
            : new Autosync(repository, URI.create(upstream.url()), upstream.interval());
  }

  /** Fails when the driver of SQLite, which keeps repositories, is missing. */
  static void requireDriver() {
    try {
      SqliteDriver.require();
    } catch (RepositoryException e) {
      throw new HubException(
          Reason.UNSUPPORTED, "the Fossil server cannot start: " + e.getMessage(), e);
    }
  }

  /**
   * Starts it.
   *
   * @param ready called when the server is ready to let clients in; if it throws, the server ends
   *     before any client can connect, and this method throws the same
   */
  static FossilService start(Workspace workspace, HubOptions options, int port, Runnable ready)
      throws IOException {
    try (ReservedPort held = hold(options.host(), port)) {
      if (!Files.exists(workspace.repository())) {
        make(workspace, options);
      }
      return serve(open(workspace, options.timeSource()), options, held, ready);
    }
  }

  private static ReservedPort hold(String host, int port) {
    try {
      return ReservedPort.hold(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw failure(host, port, e);
    }
  }

  private static FossilService serve(
      FossilRepository repository, HubOptions options, ReservedPort held, Runnable ready) {
    boolean serving = false;
    try {
      ready.run();
      FossilServerOptions serverOptions =
          options
              .fossilTuning()
              .apply(FossilServerOptions.defaults())
              .withHost(options.host())
              .withPort(held.number());
      FossilServer server = held.open(address -> FossilServer.start(repository, serverOptions));
      serving = true;
      return new FossilService(repository, server, options.fossilUpstream());
    } catch (IOException e) {
      throw failure(options.host(), held.number(), e);
    } finally {
      if (!serving) {
        repository.close();
      }
    }
  }

  private static HubException failure(String host, int port, IOException cause) {
    return ServerPort.failure("Fossil", "--fossil-port", host, port, cause);
  }

  private static void make(Workspace workspace, HubOptions options) throws IOException {
    try {
      FirstCheckIn.make(workspace, options);
    } catch (RepositoryException e) {
      throw new HubException(
          Reason.INACCESSIBLE,
          "the repository cannot be made in "
              + workspace
              + ": "
              + e.getMessage()
              + "; check permissions and the space left",
          e);
    }
  }

  private static FossilRepository open(Workspace workspace, @Nullable TimeSource time) {
    try {
      return time == null
          ? FossilRepository.open(workspace.repository())
          : FossilRepository.open(workspace.repository(), time);
    } catch (RepositoryException e) {
      throw new HubException(
          Reason.SERVER_FAILED,
          "the repository cannot be opened: " + e.getMessage() + "; run: hub doctor",
          e);
    }
  }

  /**
   * Begins to keep the repository in sync with its upstream, if it has one.
   *
   * @param changed called after each change of what {@link #upstreams} returns
   */
  void beginAutosync(Runnable changed) {
    if (autosync != null) {
      autosync.observe(changed);
      autosync.start();
    }
  }

  /** Returns how the repository and its upstream are. */
  List<UpstreamState> upstreams() {
    if (autosync == null || upstream == null) {
      return List.of();
    }
    Autosync.State now = autosync.state();
    return List.of(
        new UpstreamState(
            UpstreamState.Kind.FOSSIL,
            upstream.toString(),
            "",
            now.inSync(),
            now.since(),
            now.problem(),
            "",
            "",
            now.synced()));
  }

  private void endAutosync() {
    if (autosync != null) {
      autosync.close();
    }
  }

  FossilRepository repository() {
    return repository;
  }

  FossilServer server() {
    return server;
  }

  Endpoint endpoint() {
    // That of another project may take its place at any time.
    Optional<String> project =
        repository.read(
            snapshot ->
                Autosync.awaitsProject(snapshot)
                    ? Optional.empty()
                    : Optional.of(snapshot.projectCode()));
    return new Endpoint(server.url(), project.orElse(null), false);
  }

  /** Ends the server as if its process were killed. */
  void crash() {
    try {
      endAutosync();
    } finally {
      try {
        server.crash();
      } finally {
        repository.abandon();
      }
    }
  }

  void close() {
    try {
      server.close();
    } finally {
      try {
        // After the last push, of which the upstream is to hear at the next start.
        endAutosync();
      } finally {
        repository.close();
      }
    }
  }
}
