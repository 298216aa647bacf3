package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.log.Log;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.FailPoint;
import dev.hubkit.workspace.GitWorkTree;
import dev.hubkit.workspace.HubLog;
import dev.hubkit.workspace.HubLog.Level;
import dev.hubkit.workspace.HubRegistry;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.Ownership;
import dev.hubkit.workspace.Ports;
import dev.hubkit.workspace.UpstreamState;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A hub in the process that owns its workspace: what it writes there, and its servers. */
final class RunningHub {
  private static final Log log = Log.of(RunningHub.class);

  private final Ownership ownership;
  private final HubOptions options;
  private final TimeSource time;
  private final HubLog hubLog;
  private final HealthWatch health;
  private final UpstreamWatch upstreams;
  private final HubServers servers;
  private Owner owner;

  private RunningHub(Ownership ownership, HubOptions options) throws IOException {
    this.ownership = ownership;
    this.options = options;
    this.health = new HealthWatch(this::reportTrouble);
    this.upstreams = new UpstreamWatch(this::upstreams, ownership::recordUpstreams, this::event);
    this.servers = new HubServers(ownership.workspace(), options, health, upstreams::changed);
    TimeSource given = options.timeSource();
    // It has no timers, so there is no thread to end.
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
            + " is not run by this object: it is off or external, or the hub was started by"
            + " another");
  }

  /** Fails, before anything is created, for what would make the start fail anyway. */
  static void checkBeforehand(Workspace workspace, HubOptions options) {
    NatsUpstream upstream = options.upstream();
    if (upstream != null) {
      if (!(options.nats() instanceof Backend.Embedded)) {
        throw new HubException(
            Reason.UNSUPPORTED,
            "a NATS upstream needs a NATS server of the hub's own: leave one of the two out");
      }
      upstream.addTo(NatsOptions.builder());
    }
    boolean embedded = options.fossil() instanceof Backend.Embedded;
    if (embedded) {
      FossilService.requireDriver();
    }
    if (!embedded && options.fossilUpstream() != null) {
      throw new HubException(
          Reason.UNSUPPORTED,
          "a Fossil upstream needs a repository of the hub's own: leave one of the two out");
    }
    if (embedded
        && options.fossilUpstream() == null
        && (options.fresh() || !Files.exists(workspace.repository()))
        && options.seed() instanceof Seed.GitWorkTree seed) {
      Path directory = seed.directory() == null ? workspace.root() : seed.directory();
      GitWorkTree.containing(directory).requireSomethingTracked();
    }
  }

  /**
   * Returns the ports to listen on, 0 where any will do. Fails when a port that was asked for is
   * taken.
   */
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
          hub.undo();
        }
        ownership.abandon();
      }
    }
  }

  // Each runs whatever becomes of the others, and the workspace is released last.
  private void undo() {
    Supervisor supervisor = new Supervisor("hub");
    supervisor.run("closing the watch of upstreams", upstreams::close);
    supervisor.run("stopping what has started", servers::stop);
    supervisor.run("leaving the list of hubs", this::unlist);
    supervisor.run("closing the health watch", health::close);
    supervisor.run("closing the log", this::closeLog);
  }

  private void bringUp() throws IOException {
    Workspace workspace = ownership.workspace();
    event(Level.INFO, "starting (process " + owner.pid() + ", version " + owner.version() + ")");
    list();
    FailPoint.START_ANNOUNCED.reach();
    if (options.fresh()) {
      ownership.wipe();
    }
    haveGitOverlookIt(workspace);
    servers.start(choosePorts(workspace, options));
    Endpoint fossilAt = servers.fossilEndpoint();
    Endpoint natsAt = servers.natsEndpoint();
    Ports ports = servers.ports(workspace.lastPorts());
    FailPoint.START_SERVING.reach();
    upstreams.start();
    owner = ownership.publish(fossilAt, natsAt, ports);
    list();
    event(
        Level.INFO,
        "ready"
            + (fossilAt == null ? "" : ", Fossil at " + fossilAt.shown())
            + (natsAt == null ? "" : ", NATS at " + natsAt.shown()));
  }

  // A user who cannot write there can do without it.
  private void haveGitOverlookIt(Workspace workspace) {
    try {
      Optional<GitWorkTree> git = GitWorkTree.find(workspace.root());
      if (git.isPresent()) {
        git.get().excludeWorkspace();
      }
    } catch (IOException e) {
      event(Level.WARN, "git will list " + workspace + " as untracked: " + e.getMessage());
    }
  }

  Owner owner() {
    return owner;
  }

  private List<UpstreamState> upstreams() {
    return servers.upstreams();
  }

  HubServers servers() {
    return servers;
  }

  /** Ends both servers as the end of the process would. */
  void crash(boolean powerLoss) throws IOException {
    event(Level.WARN, "crashing on purpose");
    servers.crash(powerLoss);
  }

  /** Restarts what has crashed. */
  void recover() throws IOException {
    servers.recover();
    event(Level.INFO, "recovered");
  }

  /** Stops both servers and releases the workspace. */
  void stop() throws IOException {
    event(Level.INFO, "stopping (process " + owner.pid() + ")");
    List<String> overdue;
    try {
      FailPoint.STOP_BEGUN.reach();
      recordStopping();
      FailPoint.STOP_RECORDED.reach();
      // The end of a connection that the stop ends is no news.
      upstreams.close();
      overdue = servers.stop();
      unlist();
      event(
          overdue.isEmpty() ? Level.INFO : Level.ERROR,
          (overdue.isEmpty() ? "stopped" : "stopped without waiting for " + overdue)
              + " (process "
              + owner.pid()
              + ")");
      FailPoint.STOP_SERVED.reach();
    } finally {
      letGo();
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

  // The workspace is released last, whatever becomes of the others.
  private void letGo() throws IOException {
    try {
      health.close();
      servers.letPortsGo();
      closeLog();
    } finally {
      ownership.close();
    }
  }

  // The servers stop even when the directory is gone.
  private void recordStopping() {
    try {
      ownership.recordStopping();
    } catch (IOException e) {
      log.warn("Cannot record the stop in {}: {}", ownership.workspace(), e.getMessage());
    }
  }

  // For hub status, and for readers of the log.
  private void reportTrouble(@Nullable String trouble) throws IOException {
    if (trouble == null) {
      event(Level.INFO, "all can go on again");
    } else {
      event(Level.ERROR, trouble);
    }
    ownership.recordTrouble(trouble);
  }

  private void list() {
    if (options.listed()) {
      try {
        HubRegistry.ofThisUser().put(owner);
      } catch (IOException e) {
        event(Level.WARN, "this hub is missing from the list of hubs: " + e.getMessage());
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
