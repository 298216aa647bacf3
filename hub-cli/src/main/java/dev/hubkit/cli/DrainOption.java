package dev.hubkit.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How long a hub may take to stop. */
final class DrainOption {
  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long a stop waits for work in progress before the hub is killed, which loses nothing"
              + " that was acknowledged. Default: ${DEFAULT-VALUE}.")
  private int seconds = 30;

  Duration timeout(OptionDefaults defaults) {
    return defaults.seconds("drain-timeout", seconds);
  }
}
