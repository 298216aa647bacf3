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

  @Mixin private final Output output = new Output();

  @Option(
      names = {"-d", "--detach"},
      description = "Run it in the background; return when both servers answer.")
  private boolean detach;

  @Override
  public Integer call() throws InterruptedException {
    Path directory = root.root();
    StartSettings settings = start.settings(directory, spec);
    HubLogging.off();
    if (detach) {
      Hub hub = HubProcessLauncher.detached(directory, settings, output);
      StatusReport.started(hub, output);
      tellWhatItLacks(hub, settings);
    } else {
      foreground(directory, settings);
    }
    return ExitCode.OK.number();
  }

  private void foreground(Path directory, StartSettings settings) throws InterruptedException {
    HubLog log = settings.log(Workspace.of(directory).log());
    ShutdownHook termination = ShutdownHook.expected(true, ExitCode.OK.number());
    Hub hub;
    try (ProgressBar bar = output.progress("Seeding")) {
      hub = Hub.start(directory, settings.options(log, bar));
      termination.closes(hub);
    } finally {
      termination.closesNothing();
    }
    StatusReport.started(hub, output);
    tellWhatItLacks(hub, settings);
    if (hub.isOwner()) {
      HubLogging.to(log);
      hub.awaitClose();
    }
  }

  // A hub that ran before has the options that it was started with.
  private void tellWhatItLacks(Hub hub, StartSettings settings) {
    for (String url : settings.upstreams().missingIn(hub.workspace().upstreams())) {
      spec.commandLine()
          .getErr()
          .println("hub: it was started without the upstream " + url + "; run: hub restart");
    }
  }
}
