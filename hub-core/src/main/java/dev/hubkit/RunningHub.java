package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsSnapshot;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import dev.hubkit.workspace.Answer;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.FailPoint;
import dev.hubkit.workspace.GitWorkTree;
import dev.hubkit.workspace.HubLog;
import dev.hubkit.workspace.HubLog.Level;
import dev.hubkit.workspace.HubRegistry;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.Ownership;
import dev.hubkit.workspace.Ports;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The servers of a hub, brought up by the owner of its workspace. */
final class RunningHub {
  private static final Logger log = LoggerFactory.getLogger(RunningHub.class);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

  private final Ownership ownership;
  private final HubOptions options;
  private final TimeSource time;
  private final HubLog hubLog;
  private volatile @Nullable FossilService fossil;
  private volatile @Nullable NatsServer nats;
  // What a crash has left, until the hub recovers.
  private @Nullable HeldPort fossilPort;
  private @Nullable HeldPort natsPort;
  private Owner owner;

  private RunningHub(Ownership ownership, HubOptions options) throws IOException {
    this.ownership = ownership;
    this.options = options;
    TimeSource given = options.timeSource();
    // Without timers it has no thread to end.
    this.time = given == null ? new SystemTimeSource("hub") : given;
    HubLog target = options.log();
    this.hubLog = target == null ? HubLog.to(ownership.workspace().log()) : target;
    FailPoint.START_LOCKED.reach();
    this.owner = ownership.announce(time.now(), HubVersion.current());
  }

  static HubException notHere(String what) {
    return new HubException(
        Reason.UNSUPPORTED,
        "the "
            + what
            + " is not in this process's hands: the hub was off, external, or started by"
            + " another");
  }

  /** Fails for what would make a start fail anyway, before anything is created. */
  static void checkBeforehand(Workspace workspace, HubOptions options) {
    boolean embedded = options.fossil() instanceof Backend.Embedded;
    if (embedded
        && (options.fresh() || !Files.exists(workspace.repository()))
        && options.seed() instanceof Seed.GitWorkTree seed) {
      Path directory = seed.directory() == null ? workspace.root() : seed.directory();
      GitWorkTree.containing(directory).requireSomethingTracked();
    }
  }

  /** The ports to ask for, 0 where any will do; fails where one that is wanted is taken. */
  static Ports choosePorts(Workspace workspace, HubOptions options) {
    Ports last = workspace.lastPorts();
    return new Ports(
        ServerPort.choose(
            "Fossil", "--fossil-port", options.host(), options.fossil(), last.fossil()),
        ServerPort.choose("NATS", "--nats-port", options.host(), options.nats(), last.nats()));
  }

  static RunningHub start(Ownership ownership, HubOptions options) throws IOException {
    boolean started = false;
    @Nullable RunningHub hub = null;
    try {
      hub = new RunningHub(ownership, options);
      hub.bringUp();
      started = true;
      return hub;
    } catch (IOException | RuntimeException e) {
      if (hub != null) {
        hub.event(Level.ERROR, "start failed: " + e.getMessage());
      }
      throw e;
    } finally {
      if (!started) {
        if (hub != null) {
          hub.stopServers();
          hub.unlist();
          hub.closeLog();
        }
        ownership.abandon();
      }
    }
  }

  private void bringUp() throws IOException {
    Workspace workspace = ownership.workspace();
    event(Level.INFO, "starting (process " + owner.pid() + ", version " + owner.version() + ")");
    list();
    FailPoint.START_ANNOUNCED.reach();
    if (options.fresh()) {
      ownership.wipe();
    }
    Optional<GitWorkTree> git = GitWorkTree.find(workspace.root());
    if (git.isPresent()) {
      git.get().excludeWorkspace();
    }
    Ports last = workspace.lastPorts();
    Ports chosen = choosePorts(workspace, options);
    startServers(workspace, chosen);
    Endpoint fossilAt = fossil == null ? external(options.fossil()) : fossil.endpoint();
    Endpoint natsAt = nats == null ? external(options.nats()) : NatsService.endpoint(nats);
    requireAnswers(fossilAt, natsAt);
    Ports ports =
        new Ports(
            fossil == null ? last.fossil() : fossil.server().port(),
            nats == null ? last.nats() : nats.port());
    FailPoint.START_SERVING.reach();
    owner = ownership.publish(fossilAt, natsAt, ports);
    list();
    event(
        Level.INFO,
        "ready"
            + (fossilAt == null ? "" : ", Fossil at " + fossilAt.shown())
            + (natsAt == null ? "" : ", NATS at " + natsAt.shown()));
  }

  private static @Nullable Endpoint external(Backend backend) {
    return backend instanceof Backend.External external
        ? new Endpoint(external.url(), null, true)
        : null;
  }

  /** Both side by side: most of either start is loading classes and waiting for files. */
  private void startServers(Workspace workspace, Ports ports) throws IOException {
    @Nullable Sideline<FossilService> sideline =
        options.fossil() instanceof Backend.Embedded
            ? Sideline.run(
                "hub-start-fossil", () -> FossilService.start(workspace, options, ports.fossil()))
            : null;
    Exception failure = null;
    try {
      if (options.nats() instanceof Backend.Embedded) {
        nats = NatsService.start(workspace, options, ports.nats());
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
    if (sideline != null) {
      try {
        fossil = sideline.result();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure instanceof IOException io) {
      throw io;
    }
    if (failure instanceof RuntimeException runtime) {
      throw runtime;
    }
  }

  private void requireAnswers(@Nullable Endpoint fossilAt, @Nullable Endpoint natsAt) {
    @Nullable Endpoint asked = null;
    try {
      if (natsAt != null) {
        asked = natsAt;
        Answer.fromNats(natsAt, credentials(), ANSWER_TIMEOUT);
      }
      if (fossilAt != null) {
        asked = fossilAt;
        Answer.fromFossil(fossilAt, ANSWER_TIMEOUT);
      }
    } catch (IOException e) {
      boolean external = asked != null && asked.external();
      throw new HubException(
          Reason.SERVER_FAILED,
          external
              ? "the external server cannot be used: "
                  + e.getMessage()
                  + "; start it, or correct its URL or credentials"
              : "a server does not answer: " + e.getMessage(),
          e);
    }
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

  Owner owner() {
    return owner;
  }

  FossilService fossil() {
    FossilService running = fossil;
    if (running == null) {
      throw fossilPort == null ? notHere("repository") : crashed();
    }
    return running;
  }

  NatsServer nats() {
    NatsServer running = nats;
    if (running == null) {
      throw natsPort == null ? notHere("NATS server") : crashed();
    }
    return running;
  }

  private static HubException crashed() {
    return new HubException(Reason.UNSUPPORTED, "the hub has crashed and not been recovered yet");
  }

  /** Ends both servers as the end of the process would. Does nothing when that has happened. */
  synchronized void crash(boolean powerLoss) throws IOException {
    event(Level.WARN, "crashing on purpose");
    NatsServer crashedNats = nats;
    FossilService crashedFossil = fossil;
    nats = null;
    fossil = null;
    if (crashedNats != null) {
      crashedNats.crash(powerLoss);
      natsPort = HeldPort.hold(options.host(), crashedNats.port());
    }
    if (crashedFossil != null) {
      int port = crashedFossil.server().port();
      crashedFossil.crash();
      fossilPort = HeldPort.hold(options.host(), port);
    }
  }

  /** Starts what has crashed again, on what it left and at the same ports. */
  synchronized void recover() throws IOException {
    Workspace workspace = ownership.workspace();
    HeldPort port = natsPort;
    if (port != null) {
      nats = NatsService.start(workspace, options, port.number());
      port.close();
      natsPort = null;
    }
    port = fossilPort;
    if (port != null) {
      fossil = FossilService.start(workspace, options, port.number());
      port.close();
      fossilPort = null;
    }
    event(Level.INFO, "recovered");
  }

  /** Closes the NATS server, if it is not closed already, and starts it again. */
  synchronized void restartNats() throws IOException {
    NatsServer before = nats();
    before.close();
    natsPort = HeldPort.hold(options.host(), before.port());
    nats = null;
    recover();
  }

  private synchronized void letPortsGo() {
    if (natsPort != null) {
      natsPort.close();
    }
    if (fossilPort != null) {
      fossilPort.close();
    }
  }

  HubSnapshot snapshot() {
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

  Enclave enclave(String name, @Nullable RepositoryImage begin) {
    return new Enclave(
        name,
        ownership.workspace().directory().resolve("enclaves").resolve(name + ".fossil"),
        nats,
        fossil == null ? null : fossil.server(),
        begin != null || fossil == null ? begin : fossil.repository().image(),
        options.timeSource());
  }

  /** Stops both servers and lets the workspace go. */
  void stop() throws IOException {
    event(Level.INFO, "stopping (process " + owner.pid() + ")");
    List<String> overdue;
    try {
      FailPoint.STOP_BEGUN.reach();
      retire();
      FailPoint.STOP_RETIRED.reach();
      overdue = stopServers();
      unlist();
      event(
          overdue.isEmpty() ? Level.INFO : Level.ERROR,
          (overdue.isEmpty() ? "stopped" : "stopped without waiting for " + overdue)
              + " (process "
              + owner.pid()
              + ")");
      FailPoint.STOP_SERVED.reach();
    } finally {
      letPortsGo();
      closeLog();
      ownership.close();
    }
    if (!overdue.isEmpty()) {
      throw new HubException(
          Reason.TIMEOUT,
          String.join(" and ", overdue)
              + " did not finish in "
              + options.drainTimeout().toSeconds()
              + " s and was cut off");
    }
  }

  // The servers are stopped whatever has become of the directory.
  private void retire() {
    try {
      ownership.retire();
    } catch (IOException e) {
      log.warn("Cannot record the stop in {}: {}", ownership.workspace(), e.getMessage());
    }
  }

  private void list() {
    if (options.listed()) {
      try {
        HubRegistry.ofThisUser().put(owner);
      } catch (IOException e) {
        event(Level.WARN, "this hub is missing in the list of hubs: " + e.getMessage());
      }
    }
  }

  private void unlist() {
    if (options.listed()) {
      try {
        HubRegistry.ofThisUser().remove(owner.instance());
      } catch (IOException e) {
        event(Level.WARN, "this hub stays in the list of hubs: " + e.getMessage());
      }
    }
  }

  /** Stops what runs and names what did not end in time or failed. */
  private List<String> stopServers() {
    List<String> overdue = new ArrayList<>();
    Waiting waiting = Waiting.atMost(options.drainTimeout());
    FossilService servedFossil = fossil;
    NatsServer servedNats = nats;
    @Nullable Sideline<Boolean> fossilEnd =
        servedFossil == null ? null : closing("hub-stop-fossil", servedFossil::close);
    @Nullable Sideline<Boolean> natsEnd =
        servedNats == null ? null : closing("hub-stop-nats", servedNats::close);
    end(fossilEnd, "Fossil", waiting, overdue);
    end(natsEnd, "NATS", waiting, overdue);
    return overdue;
  }

  private static Sideline<Boolean> closing(String name, Runnable close) {
    return Sideline.run(
        name,
        () -> {
          close.run();
          return true;
        });
  }

  private static void end(
      @Nullable Sideline<Boolean> closing, String what, Waiting waiting, List<String> overdue) {
    if (closing == null) {
      return;
    }
    try {
      if (!closing.await(waiting.left())) {
        overdue.add(what);
      }
    } catch (RuntimeException e) {
      log.error("Stopping {} failed", what, e);
      overdue.add(what);
    }
  }

  private void event(Level level, String message) {
    try {
      hubLog.write(time.now(), level, "hub", message, null);
    } catch (IOException e) {
      log.warn("Cannot write {}: {}", ownership.workspace().log(), e.getMessage());
    }
  }

  private void closeLog() throws IOException {
    if (options.log() == null) {
      hubLog.close();
    }
  }
}
