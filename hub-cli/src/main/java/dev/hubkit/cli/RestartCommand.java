package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "restart",
    mixinStandardHelpOptions = true,
    description = {
      "Stop the hub that runs here, if one does, and start it in the background.",
      "It keeps the address, ports, external servers and upstreams it had unless others are given.",
    })
final class RestartCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Mixin private final StartOptions start = new StartOptions();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() {
    HubLogging.off();
    Path directory = root.root();
    HubStatus before = Hub.status(directory);
    StartSettings settings = start.settings(directory, spec, before);
    Hub.stop(directory, settings.drainTimeout());
    StatusReport.started(HubProcessLauncher.detached(directory, settings, output), output);
    return ExitCode.OK.number();
  }
}
