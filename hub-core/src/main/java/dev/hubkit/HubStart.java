package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.workspace.DetachedProcess;
import dev.hubkit.workspace.FailPoint;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.Ownership;
import dev.hubkit.workspace.Workspace;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One attempt to find or start the hub of a workspace, whichever process owns it in the end. */
final class HubStart {
  private final Workspace workspace;
  private final HubOptions options;
  private final Polling waiting;

  HubStart(Workspace workspace, HubOptions options) {
    this.workspace = workspace;
    this.options = options;
    this.waiting = Polling.atMost(options.startTimeout());
  }

  /** Returns the owner of the hub that runs, once it is ready; empty when none runs. */
  Optional<Owner> find() {
    while (workspace.isOwned()) {
      HubStatus now = HubProcess.status(workspace, waiting.left());
      Owner owner = now.owner();
      if (now.running() && owner != null) {
        if (options.fresh()) {
          throw new HubException(
              Reason.UNSUPPORTED,
              "a hub runs in "
                  + workspace
                  + " (process "
                  + owner.pid()
                  + ") and would lose its data; stop it first: hub stop");
        }
        return Optional.of(owner);
      }
      if (waiting.isOver()) {
        throw new HubException(
            Reason.TIMEOUT,
            workspace
                + " is held"
                + (owner == null ? "" : " by process " + owner.pid())
                + ", but no hub became ready there within "
                + options.startTimeout().toSeconds()
                + " s; see "
                + workspace.log()
                + ", or run: hub stop"
                + (now.problem() == null ? "" : " (" + now.problem() + ")"));
      }
      waiting.pause();
    }
    return Optional.empty();
  }

  /**
   * Starts the servers in this process; returns empty when another process has just become the
   * owner.
   */
  Optional<RunningHub> own() throws IOException {
    RunningHub.checkBeforehand(workspace, options);
    Optional<Ownership> ownership = workspace.acquire();
    if (ownership.isPresent()) {
      return Optional.of(RunningHub.start(ownership.get(), options));
    }
    waiting.pause();
    return Optional.empty();
  }

  /**
   * Launches a process that is to own the workspace, and waits for a hub.
   *
   * @return empty when it found another hub, which has ended since
   */
  Optional<Owner> launch(List<String> command, Map<String, String> environment) throws IOException {
    RunningHub.checkBeforehand(workspace, options);
    RunningHub.choosePorts(workspace, options);
    boolean created = !workspace.exists();
    FailPoint.LAUNCH_BEGUN.reach();
    DetachedProcess child =
        DetachedProcess.launch(command, environment, Hub.LAUNCH_VARIABLE, workspace);
    boolean done = false;
    try {
      FailPoint.LAUNCH_WAITING.reach();
      Optional<Owner> owner = HubProcess.awaitReady(workspace, child, options, waiting);
      FailPoint.LAUNCH_READY.reach();
      done = true;
      child.release();
      return owner;
    } finally {
      if (!done) {
        HubProcess.discard(workspace, child, created);
      }
    }
  }
}
