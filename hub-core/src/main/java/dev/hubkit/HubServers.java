package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.log.Log;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsSnapshot;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.work.Health;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Ports;
import dev.hubkit.workspace.ServerProbe;
import dev.hubkit.workspace.UpstreamState;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The two servers of a hub: starts and stops them side by side, crashes and rewinds them together.
 * Either may be external or off.
 */
final class HubServers {
  private static final Log log = Log.of(HubServers.class);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

  private final Workspace workspace;
  private final HubOptions options;
  private final HealthWatch health;
  private final Runnable upstreamsChanged;
  private volatile @Nullable FossilService fossil;
  private volatile @Nullable NatsServer nats;
  // In the place of that one server.
  private volatile @Nullable NatsCluster cluster;
  // The health of the present servers, or of those that ran before them.
  private @Nullable Health natsHealth;
  private @Nullable Health fossilHealth;
  // The ports that a crash left reserved, until the hub recovers.
  private @Nullable ReservedPort fossilPort;
  private @Nullable ReservedPort natsPort;

  /**
   * Makes the servers, which are not started yet.
   *
   * @param upstreamsChanged called after each change of what {@link #upstreams} returns
   */
  HubServers(
      Workspace workspace, HubOptions options, HealthWatch health, Runnable upstreamsChanged) {
    this.workspace = workspace;
    this.options = options;
    this.health = health;
    this.upstreamsChanged = upstreamsChanged;
  }

  /**
   * Starts the servers that run here, and returns when all servers have answered, including
   * external ones. When this fails, {@link #stop()} ends what has been started.
   */
  void start(Ports ports) throws IOException {
    startBoth(ports);
    requireAnswer(natsEndpoint(), at -> ServerProbe.fromNats(at, credentials(), ANSWER_TIMEOUT));
    if (fossil == null) {
      requireAnswer(fossilEndpoint(), HubServers::askFossil);
    }
  }

  /**
   * Starts both side by side, since most of either start is loading classes and waiting for files.
   * Neither lets clients in before the other could.
   */
  private void startBoth(Ports ports) throws IOException {
    Rendezvous rendezvous = new Rendezvous();
    BackgroundTask<FossilService> fossilStart = beginFossil(ports, rendezvous);
    Throwable failure = null;
    try {
      startNats(ports, rendezvous);
    } catch (Throwable e) {
      // Whatever was thrown, this waits for the other start; otherwise nothing would end what that
      // opens.
      failure = e;
    }
    if (fossilStart != null) {
      try {
        fossilStart.result();
      } catch (RuntimeException | Error e) {
        failure = both(failure, e);
      }
    }
    if (failure instanceof IOException io) {
      throw io;
    }
    if (failure instanceof RuntimeException runtime) {
      throw runtime;
    }
    if (failure instanceof Error error) {
      throw error;
    }
  }

  private @Nullable BackgroundTask<FossilService> beginFossil(Ports ports, Rendezvous rendezvous) {
    Rendezvous.Side side = rendezvous.fossil();
    if (!(options.fossil() instanceof Backend.Embedded)) {
      side.absent();
      return null;
    }
    return BackgroundTask.run(
        "hub-start-fossil",
        () -> side.start(() -> startFossil(ports.fossil(), rendezvous::fossilReady)));
  }

  private void startNats(Ports ports, Rendezvous rendezvous) throws Exception {
    Rendezvous.Side side = rendezvous.nats();
    if (!(options.nats() instanceof Backend.Embedded)) {
      side.absent();
      return;
    }
    if (options.natsServers() > 1) {
      NatsCluster started =
          side.start(() -> NatsService.startCluster(workspace, options, rendezvous::natsReady));
      cluster = started;
      started.servers().forEach(each -> health.watch(each.health(), null));
    } else {
      serve(
          side.start(
              () -> NatsService.start(workspace, options, ports.nats(), rendezvous::natsReady)));
    }
  }

  private void serve(NatsServer started) {
    nats = started;
    health.watch(started.health(), natsHealth);
    natsHealth = started.health();
    started.onLeafRemotes(upstreamsChanged);
    upstreamsChanged.run();
  }

  private void serve(FossilService started) {
    fossil = started;
    health.watch(started.server().health(), fossilHealth);
    fossilHealth = started.server().health();
    started.beginAutosync(upstreamsChanged);
    upstreamsChanged.run();
  }

  // When one start fails because the other has failed, its own exception says nothing new.
  private static Throwable both(@Nullable Throwable nats, Throwable fossil) {
    if (nats == null || nats instanceof Rendezvous.MissedException) {
      return fossil;
    }
    if (!(fossil instanceof Rendezvous.MissedException)) {
      nats.addSuppressed(fossil);
    }
    return nats;
  }

  private FossilService startFossil(int port, Runnable ready) throws IOException {
    FossilService started = FossilService.start(workspace, options, port, ready);
    serve(started);
    requireAnswer(started.endpoint(), HubServers::askFossil);
    return started;
  }

  private interface Question {
    void ask(Endpoint endpoint) throws IOException;
  }

  private static void askFossil(Endpoint endpoint) throws IOException {
    ServerProbe.fromFossil(endpoint, ANSWER_TIMEOUT);
  }

  private static void requireAnswer(@Nullable Endpoint endpoint, Question question) {
    try {
      if (endpoint != null) {
        question.ask(endpoint);
      }
    } catch (IOException e) {
      throw new HubException(
          Reason.SERVER_FAILED,
          endpoint.external()
              ? "the external server cannot be used: "
                  + e.getMessage()
                  + "; start it, or correct its URL or credentials"
              : "a server does not answer: " + e.getMessage(),
          e);
    }
  }

  /** How the servers and their upstreams are connected. */
  List<UpstreamState> upstreams() {
    NatsServer runningNats = nats;
    FossilService runningFossil = fossil;
    List<UpstreamState> all = new ArrayList<>();
    if (runningNats != null) {
      all.addAll(NatsService.upstreams(runningNats));
    }
    if (runningFossil != null) {
      all.addAll(runningFossil.upstreams());
    }
    return all;
  }

  /** Where Fossil is; null for nowhere. */
  @Nullable Endpoint fossilEndpoint() {
    FossilService running = fossil;
    return running == null ? external(options.fossil()) : running.endpoint();
  }

  /** Where NATS is; null for nowhere. */
  @Nullable Endpoint natsEndpoint() {
    NatsServer running = nats;
    NatsCluster together = cluster;
    if (together != null) {
      return NatsService.endpoint(together);
    }
    return running == null ? external(options.nats()) : NatsService.endpoint(running);
  }

  /**
   * The ports that the servers listen on; that of {@code last} for a server that does not listen
   * here.
   */
  Ports ports(Ports last) {
    FossilService runningFossil = fossil;
    NatsServer runningNats = nats;
    return new Ports(
        runningFossil == null ? last.fossil() : runningFossil.server().port(),
        runningNats == null ? last.nats() : runningNats.port());
  }

  private static @Nullable Endpoint external(Backend backend) {
    return backend instanceof Backend.External external
        ? new Endpoint(external.url(), null, true)
        : null;
  }

  Optional<String> natsCredentials() {
    return options.nats() instanceof Backend.External external
        ? Optional.ofNullable(external.credentials())
        : Optional.empty();
  }

  private @Nullable ClientCredentials credentials() {
    try {
      Optional<String> given = natsCredentials();
      return given.isEmpty() ? null : ClientCredentials.parse(given.get());
    } catch (CredentialException e) {
      throw new HubException(Reason.UNSUPPORTED, String.valueOf(e.getMessage()), e);
    }
  }

  FossilService fossil() {
    FossilService running = fossil;
    if (running == null) {
      throw fossilPort == null ? RunningHub.notHere("repository") : crashed();
    }
    return running;
  }

  /** Returns the NATS server; of several, the first that runs. */
  NatsServer nats() {
    NatsServer running = natsServers().stream().findFirst().orElse(null);
    if (running == null) {
      throw natsPort == null && cluster == null ? RunningHub.notHere("NATS server") : crashed();
    }
    return running;
  }

  /** Returns the NATS servers that run. */
  List<NatsServer> natsServers() {
    NatsServer only = nats;
    NatsCluster together = cluster;
    if (together != null) {
      return together.servers();
    }
    return only == null ? List.of() : List.of(only);
  }

  /** Returns the cluster of the NATS servers; null where there is one server only, or none. */
  @Nullable NatsCluster cluster() {
    return cluster;
  }

  private static HubException crashed() {
    return new HubException(Reason.UNSUPPORTED, "the hub has crashed and not been recovered yet");
  }

  /** Ends both servers as the end of the process would. Does nothing after a crash. */
  synchronized void crash(boolean powerLoss) throws IOException {
    NatsServer crashedNats = nats;
    FossilService crashedFossil = fossil;
    nats = null;
    fossil = null;
    NatsCluster together = cluster;
    if (together != null) {
      together.servers().forEach(each -> together.kill(each.name()));
    }
    if (crashedNats != null) {
      crashedNats.crash(powerLoss);
      natsPort = hold(crashedNats.port());
    }
    if (crashedFossil != null) {
      int port = crashedFossil.server().port();
      crashedFossil.crash();
      fossilPort = hold(port);
    }
  }

  private ReservedPort hold(int port) {
    return ReservedPort.tryToHold(new InetSocketAddress(options.host(), port));
  }

  /** Restarts what has crashed, with what it left and at the same ports. */
  synchronized void recover() throws IOException {
    NatsCluster together = cluster;
    if (together != null) {
      together.restartAll();
    }
    ReservedPort port = natsPort;
    if (port != null) {
      serve(NatsService.start(workspace, options, port.number(), () -> {}));
      port.close();
      natsPort = null;
    }
    port = fossilPort;
    if (port != null) {
      serve(FossilService.start(workspace, options, port.number(), () -> {}));
      port.close();
      fossilPort = null;
    }
  }

  /** Closes the NATS server, if it is not closed already, and starts it again. */
  synchronized void restartNats() throws IOException {
    refuseCluster("restarting NATS as one server; restart the servers of the cluster");
    NatsServer before = nats();
    before.close();
    natsPort = hold(before.port());
    nats = null;
    recover();
  }

  /** Releases the ports of servers that crashed and were not recovered. */
  synchronized void letPortsGo() {
    if (natsPort != null) {
      natsPort.close();
    }
    if (fossilPort != null) {
      fossilPort.close();
    }
  }

  private void refuseCluster(String what) {
    if (cluster != null) {
      throw new HubException(
          Reason.UNSUPPORTED, "a hub with several NATS servers does without " + what);
    }
  }

  HubSnapshot snapshot() {
    refuseCluster("snapshots");
    return new HubSnapshot(
        nats == null ? null : nats.snapshot(), fossil == null ? null : fossil.repository().image());
  }

  void rewind(HubSnapshot snapshot) {
    NatsSnapshot streams = snapshot.nats();
    RepositoryImage image = snapshot.repository();
    if (streams != null && !streams.isEmpty()) {
      nats();
    }
    if (image != null) {
      fossil().repository().rewind(image);
    }
    if (streams != null && nats != null) {
      nats.rewind(streams);
    }
  }

  HubPartition partition(String name, @Nullable RepositoryImage begin) {
    refuseCluster("partitions");
    return new HubPartition(
        name,
        workspace.directory().resolve("partitions").resolve(name + ".fossil"),
        nats,
        fossil == null ? null : fossil.server(),
        begin != null || fossil == null ? begin : fossil.repository().image(),
        options.timeSource());
  }

  /** Stops what runs, and returns the names of the servers that failed or did not end in time. */
  List<String> stop() {
    List<String> overdue = new ArrayList<>();
    Polling waiting = Polling.atMost(options.drainTimeout());
    FossilService servedFossil = fossil;
    NatsServer servedNats = nats;
    @Nullable BackgroundTask<Boolean> fossilEnd =
        servedFossil == null ? null : closing("hub-stop-fossil", servedFossil::close);
    NatsCluster together = cluster;
    @Nullable Runnable closeNats =
        together != null ? together::close : servedNats == null ? null : servedNats::close;
    @Nullable BackgroundTask<Boolean> natsEnd =
        closeNats == null ? null : closing("hub-stop-nats", closeNats);
    end(fossilEnd, "Fossil", waiting, overdue);
    end(natsEnd, "NATS", waiting, overdue);
    return overdue;
  }

  private static BackgroundTask<Boolean> closing(String name, Runnable close) {
    Callable<Boolean> work =
        () -> {
          close.run();
          return true;
        };
    try {
      return BackgroundTask.run(name, work);
    } catch (OutOfMemoryError e) {
      log.error("No thread to stop a server on", e);
      return BackgroundTask.here(work);
    }
  }

  private static void end(
      @Nullable BackgroundTask<Boolean> closing,
      String what,
      Polling waiting,
      List<String> overdue) {
    if (closing == null) {
      return;
    }
    try {
      if (!closing.await(waiting.left())) {
        overdue.add(what);
      }
    } catch (RuntimeException | Error e) {
      log.error("Stopping {} failed", what, e);
      overdue.add(what);
    }
  }
}
