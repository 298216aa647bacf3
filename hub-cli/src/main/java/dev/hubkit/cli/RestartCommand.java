package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "restart",
    mixinStandardHelpOptions = true,
    description = {
      "Stop the hub that runs here, if one does, and start it in the background.",
      "It keeps the ports it had unless others are given.",
    })
final class RestartCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Mixin private final StartOptions start = new StartOptions();

  @Option(names = "--json", description = "Print the URLs as one JSON object.")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Override
  public Integer call() {
    HubLogging.off();
    Path directory = root.root();
    HubStatus before = Hub.status(directory);
    StartSettings settings = start.settings(directory, spec).withPortsOf(before, spec);
    Hub.stop(directory, Duration.ofSeconds(settings.drainTimeout().toSeconds()));
    Hub hub = Launch.detached(directory, settings);
    if (!quiet) {
      StatusReport.started(hub, json, spec.commandLine().getOut());
    }
    return ExitCode.OK.number();
  }
}
