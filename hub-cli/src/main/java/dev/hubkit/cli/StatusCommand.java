package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.HubStatus;
import dev.hubkit.time.SystemTimeSource;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Tell whether a hub runs here, and where its servers are.")
final class StatusCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(names = "--check", description = "End with status 8 unless a hub runs and answers.")
  private boolean check;

  @Override
  public Integer call() {
    HubLogging.off();
    HubStatus status = Hub.status(root.root());
    Instant now;
    try (SystemTimeSource time = new SystemTimeSource("cli")) {
      now = time.now();
    }
    if (json) {
      StatusReport.printJson(status, now, spec.commandLine().getOut());
    } else {
      StatusReport.print(status, now, spec.commandLine().getOut(), Ansi.AUTO);
    }
    return check && !status.running() ? ExitCode.NOT_RUNNING.number() : ExitCode.OK.number();
  }
}
