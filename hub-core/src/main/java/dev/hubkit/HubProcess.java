package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.HubStatus.State;
import dev.hubkit.workspace.DetachedProcess;
import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.FailPoint;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.Ownership;
import dev.hubkit.workspace.RunningProcess;
import dev.hubkit.workspace.ServerProbe;
import dev.hubkit.workspace.Workspace;
import dev.hubkit.workspace.WorkspaceException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A hub as another process sees it: asks how it is, and ends it. */
final class HubProcess {
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration LOCK_TIMEOUT = Duration.ofMillis(100);
  private static final Duration RECORD_TIMEOUT = Duration.ofSeconds(2);

  private HubProcess() {}

  /** Asks the servers themselves, and waits at most {@code timeout} for each. */
  static HubStatus status(Workspace workspace, Duration timeout) {
    if (!workspace.isOwned()) {
      String problem =
          workspace.owner().isPresent()
              ? "the last hub here ended without cleaning up; its data is safe: hub start"
              : null;
      return new HubStatus(State.STOPPED, workspace.root(), null, problem);
    }
    Owner owner = workspace.owner().orElse(null);
    if (owner == null || owner.process().isEmpty()) {
      // The owner has taken the lock and not written its record yet, or another process clears up.
      return new HubStatus(State.STARTING, workspace.root(), null, null);
    }
    return switch (owner.state()) {
      case STARTING -> new HubStatus(State.STARTING, workspace.root(), owner, null);
      case STOPPING -> new HubStatus(State.STOPPING, workspace.root(), owner, null);
      case READY -> {
        String silence = silence(owner, false, timeout);
        yield new HubStatus(
            silence == null ? State.RUNNING : State.UNRESPONSIVE,
            workspace.root(),
            owner,
            silence == null ? workspace.upstreams() : List.of(),
            silence == null ? complaint(workspace, owner, timeout) : silence);
      }
    };
  }

  /** Returns what is wrong with a hub whose own servers answer; null when nothing is. */
  private static @Nullable String complaint(Workspace workspace, Owner owner, Duration timeout) {
    String moved = moved(workspace, owner);
    if (moved != null) {
      return moved;
    }
    Optional<String> trouble = workspace.trouble();
    return trouble.isPresent()
        ? trouble.get() + "; see " + workspace.log() + ", and run: hub restart"
        : silence(owner, true, timeout);
  }

  private static @Nullable String moved(Workspace workspace, Owner owner) {
    return owner.root().equals(workspace.root().toString())
        ? null
        : "it was started in " + owner.root() + " and has been moved here since; run: hub restart";
  }

  /**
   * Returns why a server, one of the hub's own or an external one, does not answer; null when all
   * do.
   */
  private static @Nullable String silence(Owner owner, boolean external, Duration timeout) {
    try {
      Endpoint nats = owner.nats();
      if (nats != null && nats.external() == external) {
        ServerProbe.fromNats(nats, timeout);
      }
      Endpoint fossil = owner.fossil();
      if (fossil != null && fossil.external() == external) {
        ServerProbe.fromFossil(fossil, timeout);
      }
      return null;
    } catch (IOException e) {
      return (external ? "the external server " : "") + e.getMessage();
    }
  }

  /**
   * Waits until a hub of the workspace is ready: that of the child, or of another launch that came
   * first.
   *
   * @return empty when the child found another hub, which has ended since
   */
  static Optional<Owner> awaitReady(
      Workspace workspace, DetachedProcess child, HubOptions options, Polling waiting) {
    while (true) {
      // This comes before the look at the workspace: a child that ends in between was ready or has
      // failed.
      boolean ended = !child.isAlive();
      HubStatus now = status(workspace, waiting.left());
      Owner owner = now.owner();
      if (now.running() && owner != null) {
        return Optional.of(owner);
      }
      if (ended && now.state() == State.STOPPED) {
        if (child.exitStatus() == 0) {
          return Optional.empty();
        }
        LaunchReport report = LaunchReport.find(child.logTail(), child.launch());
        Reason reason = report == null ? Reason.SERVER_FAILED : report.reason();
        throw new HubException(
            reason, report == null ? failure(workspace, child) : report.message());
      }
      workspace.seedProgress().ifPresent(options.seedListener());
      if (waiting.isOver()) {
        throw new HubException(
            Reason.TIMEOUT,
            "the hub in "
                + workspace
                + " did not become ready within "
                + options.startTimeout().toSeconds()
                + " s"
                + (now.problem() == null ? "" : " (" + now.problem() + ")")
                + lastWords(child));
      }
      waiting.pause();
    }
  }

  private static String failure(Workspace workspace, DetachedProcess child) {
    if (child.exitStatus() == Hub.TOLD_TO_END_STATUS) {
      return "the hub in " + workspace + " was stopped while it started; run: hub start";
    }
    return "the hub in "
        + workspace
        + " ended with status "
        + child.exitStatus()
        + " before it was ready"
        + lastWords(child);
  }

  private static String lastWords(DetachedProcess child) {
    String tail = child.logTail();
    return tail.isEmpty() ? "" : "; the end of its log:\n" + tail;
  }

  /** Ends a child that did not become ready, and removes what its launch created. */
  static void discard(Workspace workspace, DetachedProcess child, boolean created)
      throws IOException {
    child.end(KILL_TIMEOUT);
    Optional<Ownership> leftovers = workspace.acquire();
    if (leftovers.isPresent()) {
      if (created) {
        leftovers.get().deleteDirectory();
      } else {
        leftovers.get().abandon();
      }
    }
  }

  /**
   * Ends the owner, by force if necessary, and clears up after it; returns false when there was
   * none.
   */
  static boolean stop(Workspace workspace, Duration drainTimeout) throws IOException {
    if (!workspace.exists()) {
      return false;
    }
    boolean stopped = false;
    Polling forRecord = Polling.atMost(RECORD_TIMEOUT);
    while (!stopped && workspace.isOwned()) {
      Optional<Owner> owner = workspace.owner();
      Optional<ProcessHandle> process = owner.flatMap(Owner::process);
      if (owner.isPresent() && process.isPresent()) {
        end(workspace, owner.get(), process.get(), drainTimeout);
        stopped = true;
      } else if (forRecord.isOver()) {
        throw new HubException(
            Reason.FOREIGN_OWNER,
            workspace
                + " is locked by a process that left no record of itself"
                + holder(workspace)
                + "; nothing was signalled; end it yourself");
      } else {
        forRecord.pause();
      }
    }
    FailPoint.STOP_CLEARING.reach();
    clearUp(workspace);
    return stopped;
  }

  private static String holder(Workspace workspace) {
    OptionalLong pid = workspace.lockHolder();
    return pid.isPresent() ? " (process " + pid.getAsLong() + ")" : "";
  }

  /** Removes what a killed hub left. Does nothing while another process owns the workspace. */
  static void clearUp(Workspace workspace) throws IOException {
    Optional<Ownership> leftovers = Optional.empty();
    // A process that only looks for the owner also has the lock, for a moment. A process that has
    // it for longer has cleared up already.
    Polling waiting = Polling.atMost(LOCK_TIMEOUT);
    while (leftovers.isEmpty() && workspace.exists() && !waiting.isOver()) {
      leftovers = workspace.acquire();
      if (leftovers.isEmpty()) {
        waiting.pause();
      }
    }
    if (leftovers.isPresent()) {
      leftovers.get().close();
    }
  }

  private static void end(
      Workspace workspace, Owner owner, ProcessHandle process, Duration drainTimeout)
      throws IOException {
    requireOwn(workspace.toString(), owner);
    process.destroy();
    FailPoint.STOP_TOLD.reach();
    if (!gone(workspace, owner, process, drainTimeout)) {
      process.destroyForcibly();
      if (!gone(workspace, owner, process, KILL_TIMEOUT)) {
        throw new HubException(
            Reason.TIMEOUT, "process " + owner.pid() + " does not end, not even when killed");
      }
    }
  }

  /** Fails when this process, or another user, runs the hub. */
  static void requireOwn(String where, Owner owner) {
    ProcessHandle self = ProcessHandle.current();
    if (owner.pid() == self.pid()) {
      throw new HubException(
          Reason.FOREIGN_OWNER,
          "the hub of " + where + " runs in this very process; close its Hub object instead");
    }
    String user = self.info().user().orElse("");
    if (!user.isEmpty() && !owner.user().isEmpty() && !user.equals(owner.user())) {
      throw new HubException(
          Reason.FOREIGN_OWNER,
          "the hub of " + where + " belongs to user " + owner.user() + "; ask them to stop it");
    }
  }

  private static boolean gone(
      Workspace workspace, Owner owner, ProcessHandle process, Duration timeout)
      throws IOException {
    Polling waiting = Polling.atMost(timeout);
    while (RunningProcess.isRunning(process) && sameOwner(workspace, owner)) {
      if (waiting.isOver()) {
        return false;
      }
      waiting.pause();
    }
    // What else the process does does not matter here; mostly it is about to end.
    Polling exit = Polling.atMost(EXIT_TIMEOUT);
    while (RunningProcess.isRunning(process) && !exit.isOver()) {
      exit.pause();
    }
    return true;
  }

  private static boolean sameOwner(Workspace workspace, Owner owner) {
    return workspace.isOwned()
        && workspace.owner().map(o -> o.instance().equals(owner.instance())).orElse(true);
  }

  static HubException translated(WorkspaceException e) {
    Reason reason =
        switch (e.reason()) {
          case NOTHING_TO_SEED -> Reason.NOTHING_TO_SEED;
          case INACCESSIBLE -> Reason.INACCESSIBLE;
          case FOREIGN_OWNER -> Reason.FOREIGN_OWNER;
          case TIMEOUT -> Reason.TIMEOUT;
          case CHILD_DIED -> Reason.SERVER_FAILED;
        };
    return new HubException(reason, String.valueOf(e.getMessage()), e);
  }
}
