package dev.hubkit.cli;

import dev.hubkit.Hub;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "stop",
    mixinStandardHelpOptions = true,
    description = "Stop the hub that runs here. Its data stays; no hub running is no error.")
final class StopCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Mixin private final RootOption root = new RootOption();

  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long it may take to finish what it is at before it is killed."
              + " Default: ${DEFAULT-VALUE}.")
  private int drainTimeout;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Override
  public Integer call() {
    HubLogging.off();
    Path directory = root.root();
    boolean stopped = Hub.stop(directory, Duration.ofSeconds(Math.max(1, drainTimeout)));
    if (!quiet) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          stopped ? "hub: stopped in " + directory : "hub: none was running in " + directory);
      out.flush();
    }
    return ExitCode.OK.number();
  }
}
