package dev.hubkit.cli;

import dev.hubkit.HubOptions;
import dev.hubkit.workspace.HubLog;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code start} and {@code restart} can be told about the hub. */
final class StartOptions {
  @Option(
      names = "--fossil-port",
      paramLabel = "N",
      defaultValue = "" + HubOptions.DEFAULT_FOSSIL_PORT,
      description = "The port of the Fossil server; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private int fossilPort;

  @Option(
      names = "--nats-port",
      paramLabel = "N",
      defaultValue = "" + HubOptions.DEFAULT_NATS_PORT,
      description = "The port of the NATS server; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private int natsPort;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "The address both servers listen on. Default: ${DEFAULT-VALUE}.")
  private String host = "127.0.0.1";

  @Option(
      names = "--fossil-external",
      paramLabel = "URL",
      description = "Use the Fossil server at this URL instead of an own one.")
  private @Nullable String fossilExternal;

  @Option(
      names = "--nats-external",
      paramLabel = "URL",
      description =
          "Use the NATS server (or, with commas, cluster) at this URL instead of an own one."
              + " Credentials are taken from $HUB_NATS_CREDENTIALS.")
  private @Nullable String natsExternal;

  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long a stop waits for work in progress. Default: ${DEFAULT-VALUE}.")
  private int drainTimeout;

  @Option(
      names = "--start-timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long the servers may take to get ready. Default: ${DEFAULT-VALUE}.")
  private int startTimeout;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "The form of hub.log: text or json. Default: ${DEFAULT-VALUE}.")
  private HubLog.Format logFormat = HubLog.Format.TEXT;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "What goes to hub.log: error, warn, info or debug. Default: ${DEFAULT-VALUE}.")
  private HubLog.Level logLevel = HubLog.Level.INFO;

  StartSettings settings() {
    return new StartSettings(
        host,
        fossilPort,
        natsPort,
        fossilExternal,
        natsExternal,
        System.getenv(StartSettings.CREDENTIALS_VARIABLE),
        false,
        Duration.ofSeconds(Math.max(1, drainTimeout)),
        Duration.ofSeconds(Math.max(1, startTimeout)),
        logFormat,
        logLevel,
        HubLog.DEFAULT_MAX_BYTES);
  }
}
