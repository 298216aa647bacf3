package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Tell whether a hub runs here, and where its servers are.",
      "A hub \"runs\" when both its servers have just answered; \"unresponsive\" is one whose process"
          + " lives and whose servers do not.",
    })
final class StatusCommand implements Callable<Integer> {
  @Mixin private final RootOption root = new RootOption();

  @Mixin private final Output output = new Output();

  @Option(names = "--check", description = "End with status 8 unless a hub runs and answers.")
  private boolean check;

  @Override
  public Integer call() {
    HubLogging.off();
    HubStatus status = Hub.status(root.root());
    StatusReport.print(status, output);
    return check && !status.running() ? ExitCode.NOT_RUNNING.number() : ExitCode.OK.number();
  }
}
