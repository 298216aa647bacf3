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

  /** Runs a hub until told to end. The first argument is its root. */
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
      System.err.println(Hub.REASON_MARK + e.reason());
      System.err.println(Hub.FAILURE_MARK + e.getMessage());
      end(termination, ExitCode.of(e.reason()).number());
      return;
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      System.err.println(Hub.FAILURE_MARK + Failure.message(e));
      end(termination, ExitCode.FAILURE.number());
      return;
    }
    if (hub.isOwner()) {
      hub.awaitClose();
    }
  }

  private static void end(ShutdownHook termination, int status) {
    termination.closesNothing();
    System.exit(status);
  }
}
