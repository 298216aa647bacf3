package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.workspace.DetachedProcess;
import dev.hubkit.workspace.HubLog;
import dev.hubkit.workspace.Workspace;
import java.nio.file.Path;
import java.util.List;

/**
 * The process behind {@code hub start --detach}. Its arguments come from {@link StartSettings}, not
 * from a person, so it does without the command line parser.
 */
public final class HubProcessMain {
  private HubProcessMain() {}

  /** Runs a hub until it is asked to end. The first argument is its root. */
  public static void main(String[] arguments) throws InterruptedException {
    DetachedProcess.ignoreTerminalSignals();
    HubLogging.prepare();
    Path root = Path.of(arguments[0]);
    List<String> rest = List.of(arguments).subList(1, arguments.length);
    StartSettings settings = StartSettings.from(rest, System.getenv());
    ShutdownHook termination = ShutdownHook.expected(false, Hub.TOLD_TO_END_STATUS);
    Hub hub;
    try {
      HubLog log = settings.log(Workspace.of(root).log());
      HubLogging.to(log);
      hub = Hub.start(root, settings.options(log, new ProgressBar("Seeding", false)));
      termination.closes(hub);
    } catch (HubException e) {
      report(e.reason(), String.valueOf(e.getMessage()));
      end(termination, ExitCode.of(e.reason()).number());
      return;
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      report(HubException.Reason.SERVER_FAILED, Failure.message(e));
      end(termination, ExitCode.FAILURE.number());
      return;
    }
    if (hub.isOwner()) {
      hub.awaitClose();
    }
  }

  // Written in one piece, since another process may write to the same log.
  private static void report(HubException.Reason reason, String message) {
    String launch = System.getenv(Hub.LAUNCH_VARIABLE);
    System.err.print(
        Hub.REASON_MARK
            + reason
            + (launch == null ? "" : " " + launch)
            + "\n"
            + Hub.FAILURE_MARK
            + message
            + "\n");
    System.err.flush();
  }

  private static void end(ShutdownHook termination, int status) {
    termination.closesNothing();
    System.exit(status);
  }
}
