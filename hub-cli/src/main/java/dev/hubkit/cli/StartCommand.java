package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.workspace.HubLog;
import dev.hubkit.workspace.Workspace;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = {
      "Start the hub of this git work tree, or say where the one that runs is.",
      "The first start seeds its repository with the files git tracks; later ones keep all data.",
      "What is not given here comes from the environment (HUB_FOSSIL_PORT for --fossil-port), else"
          + " from .orchestrator/config.properties (fossil-port = 8765).",
    })
final class StartCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Mixin private final StartOptions start = new StartOptions();

  @Option(
      names = {"-d", "--detach"},
      description = "Run it in the background; return when both servers answer.")
  private boolean detach;

  @Option(names = "--json", description = "Print the URLs as one JSON object.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Override
  public Integer call() throws InterruptedException {
    Path directory = root.root();
    StartSettings settings = start.settings(directory, spec);
    return detach ? detached(directory, settings) : foreground(directory, settings);
  }

  private int detached(Path directory, StartSettings settings) {
    HubLogging.off();
    Hub hub = Launch.detached(directory, settings);
    report(hub);
    return ExitCode.OK.number();
  }

  private int foreground(Path directory, StartSettings settings) throws InterruptedException {
    HubLogging.off();
    HubLog log = settings.log(directory.resolve(Workspace.DIRECTORY).resolve("hub.log"));
    Termination termination = Termination.expected(true);
    Hub hub;
    try {
      hub = Hub.start(directory, settings.options(log));
      termination.closes(hub);
    } finally {
      termination.closesNothing();
    }
    report(hub);
    if (hub.isOwner()) {
      HubLogging.to(log);
      hub.awaitClose();
    }
    return ExitCode.OK.number();
  }

  private void report(Hub hub) {
    if (!quiet) {
      StatusReport.started(hub, json, spec.commandLine().getOut());
    }
  }
}
