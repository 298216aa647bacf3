package dev.hubkit.cli;

import dev.hubkit.Hub;
import dev.hubkit.json.JsonWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

  @Mixin private final DrainOption drain = new DrainOption();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() {
    HubLogging.off();
    Path directory = root.root();
    boolean stopped = Hub.stop(directory, drain.timeout(OptionDefaults.of(directory, spec)));
    output.plain(
        stopped ? "hub: stopped in " + directory : "hub: none was running in " + directory);
    if (output.isJson()) {
      output.json(
          JsonWriter.pretty()
              .beginObject()
              .field("stopped", stopped)
              .field("root", directory.toString())
              .endObject());
    }
    return ExitCode.OK.number();
  }
}
