package dev.hubkit;

import dev.hubkit.HubException.Reason;
import dev.hubkit.workspace.HubRegistry;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.RunningProcess;
import dev.hubkit.workspace.Workspace;
import dev.hubkit.workspace.WorkspaceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The hubs of this user on this machine that were started as {@linkplain HubOptions#listed()
 * listed}, as the {@code hub} command starts them.
 */
public final class KnownHubs {
  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

  private KnownHubs() {}

  /** The conditions of a listed hub. */
  public enum Condition {
    /** Its process owns its workspace. */
    ALIVE,
    /** Its process runs, but its directory is gone, was moved, or is another hub's by now. */
    ORPHAN,
    /** Its process has ended without clearing up. */
    DEAD
  }

  /**
   * A hub of the list.
   *
   * @param condition whether it still runs
   * @param status how it is; when it is not alive, only the owner is meaningful
   */
  public record KnownHub(Condition condition, HubStatus status) {}

  /**
   * Lists the hubs, the oldest first, and asks their servers.
   *
   * @throws HubException if the list cannot be read
   */
  public static List<KnownHub> list() {
    try {
      HubRegistry registry = HubRegistry.ofThisUser();
      List<KnownHub> hubs = new ArrayList<>();
      for (Owner owner : registry.all()) {
        Optional<KnownHub> hub = look(owner);
        if (hub.isPresent()) {
          hubs.add(hub.get());
        } else {
          registry.remove(owner.instance());
        }
      }
      return hubs;
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE, "the list of hubs cannot be used: " + e.getMessage(), e);
    }
  }

  /** Returns empty for a hub that left nothing but its entry. */
  private static Optional<KnownHub> look(Owner owner) {
    Path root = Path.of(owner.root());
    boolean runs = owner.process().isPresent();
    if (Files.isDirectory(root)) {
      try {
        Workspace workspace = Workspace.of(root);
        boolean recorded =
            workspace.owner().filter(o -> o.instance().equals(owner.instance())).isPresent();
        if (recorded && workspace.isOwned()) {
          return Optional.of(
              new KnownHub(Condition.ALIVE, HubProcess.status(workspace, STATUS_TIMEOUT)));
        }
        if (recorded && !runs) {
          return Optional.of(new KnownHub(Condition.DEAD, unreachable(root, owner)));
        }
      } catch (WorkspaceException e) {
        if (!runs) {
          return Optional.of(new KnownHub(Condition.DEAD, unreachable(root, owner)));
        }
      }
    }
    return runs
        ? Optional.of(new KnownHub(Condition.ORPHAN, unreachable(root, owner)))
        : Optional.empty();
  }

  private static HubStatus unreachable(Path root, Owner owner) {
    boolean runs = owner.process().isPresent();
    return new HubStatus(
        runs ? HubStatus.State.UNRESPONSIVE : HubStatus.State.STOPPED,
        root,
        owner,
        runs
            ? "it runs, but " + root + " is gone or no longer its directory; run: hub ps --reap"
            : "it ended without clearing up; run: hub ps --reap");
  }

  /**
   * Ends an orphan, by force when it does not end within {@code drainTimeout}, and clears up after
   * a dead hub.
   *
   * @throws HubException if the hub is alive, so that {@link Hub#stop(Path)} has to stop it, or
   *     belongs to another user
   */
  public static void reap(KnownHub hub, Duration drainTimeout) {
    Owner owner = hub.status().owner();
    if (owner == null || hub.condition() == Condition.ALIVE) {
      throw new HubException(
          Reason.UNSUPPORTED, "the hub in " + hub.status().root() + " is alive; run: hub stop");
    }
    try {
      if (hub.condition() == Condition.DEAD) {
        HubProcess.clearUp(Workspace.of(hub.status().root()));
      } else {
        end(owner, drainTimeout);
      }
      HubRegistry.ofThisUser().remove(owner.instance());
    } catch (WorkspaceException e) {
      throw HubProcess.translated(e);
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE, "cannot clear up " + owner.root() + ": " + e.getMessage(), e);
    }
  }

  private static void end(Owner owner, Duration drainTimeout) {
    HubProcess.requireOwn(owner.root(), owner);
    Optional<ProcessHandle> process = owner.process();
    if (process.isPresent() && !ends(process.get(), drainTimeout, false)) {
      ends(process.get(), KILL_TIMEOUT, true);
    }
  }

  private static boolean ends(ProcessHandle process, Duration timeout, boolean byForce) {
    if (byForce) {
      process.destroyForcibly();
    } else {
      process.destroy();
    }
    Polling waiting = Polling.atMost(timeout);
    while (RunningProcess.isRunning(process) && !waiting.isOver()) {
      waiting.pause();
    }
    return !RunningProcess.isRunning(process);
  }
}
