package dev.hubkit.cli;

import dev.hubkit.HubException;
import dev.hubkit.HubOptions;
import dev.hubkit.HubStatus;
import dev.hubkit.workspace.HubLog;
import dev.hubkit.workspace.Workspace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of {@code start} and {@code restart}. */
final class StartOptions {
  /** The options that the environment and the file can also set. */
  static final Set<String> NAMES =
      new TreeSet<>(
          Set.of(
              "compat",
              "drain-timeout",
              "fossil-external",
              "fossil-port",
              "fossil-upstream",
              "fossil-upstream-interval",
              "host",
              "js-domain",
              "log-format",
              "log-level",
              "log-max-bytes",
              "nats-external",
              "nats-port",
              "start-timeout",
              "upstream",
              "upstream-creds"));

  private static final int LEAST_LOG = 1024;

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

  @Mixin private final UpstreamOptions upstreams = new UpstreamOptions();

  @Option(
      names = "--compat",
      paramLabel = "RELEASE",
      description =
          "Have the NATS server behave like an earlier release of nats-server, such as 2.14."
              + " Default: the newest that Hub follows.")
  private @Nullable String compat;

  @Mixin private final DrainOption drain = new DrainOption();

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

  @Option(
      names = "--log-max-bytes",
      paramLabel = "BYTES",
      defaultValue = "" + HubLog.DEFAULT_MAX_BYTES,
      description =
          "The size at which hub.log is copied to hub.log.1 and emptied; "
              + HubLog.KEPT
              + " old ones are kept. Default: ${DEFAULT-VALUE}.")
  private int logMaxBytes;

  @Option(
      names = "--fresh",
      description =
          "Delete the repository and all streams of earlier runs first, and seed anew. Asks,"
              + " unless --yes is given.")
  private boolean fresh;

  @Option(names = "--yes", description = "Answer yes to what would be asked.")
  private boolean yes;

  /** Returns the settings of a restart: those of a running hub where no others are given. */
  StartSettings settings(Path root, CommandSpec spec, HubStatus running) {
    OptionDefaults defaults = OptionDefaults.of(root, spec);
    return settings(root, spec).keeping(running, spec, defaults);
  }

  StartSettings settings(Path root, CommandSpec spec) {
    OptionDefaults defaults = OptionDefaults.of(root, spec);
    StartSettings settings = settings(defaults);
    Set<String> unknown = defaults.unknownInFile();
    if (!unknown.isEmpty()) {
      // A misspelt or damaged name must not leave the hub silently on a default.
      spec.commandLine()
          .getErr()
          .println(
              "hub: "
                  + defaults.file()
                  + " sets what no option is called: "
                  + unknown
                  + "; run: hub doctor");
    }
    if (fresh && !yes && hasData(root)) {
      confirmLoss(root);
    }
    return settings;
  }

  private static boolean hasData(Path root) {
    Path directory = root.resolve(Workspace.DIRECTORY);
    return Files.exists(directory.resolve("hub.fossil"))
        || Files.exists(directory.resolve("nats-store"));
  }

  private StartSettings settings(OptionDefaults defaults) {
    return new StartSettings(
        defaults.text("host", host),
        defaults.port("fossil-port", fossilPort),
        defaults.port("nats-port", natsPort),
        defaults.optional("fossil-external", fossilExternal),
        defaults.optional("nats-external", natsExternal),
        credentials(System.getenv(StartSettings.CREDENTIALS_VARIABLE)),
        upstreams.settings(defaults),
        defaults.release("compat", compat),
        fresh,
        drain.timeout(defaults),
        defaults.seconds("start-timeout", startTimeout),
        defaults.choice("log-format", HubLog.Format.class, logFormat),
        defaults.choice("log-level", HubLog.Level.class, logLevel),
        defaults.number("log-max-bytes", logMaxBytes, LEAST_LOG, Integer.MAX_VALUE));
  }

  /**
   * Makes the path of a file absolute, since a hub in the background may run in another directory.
   */
  private static @Nullable String credentials(@Nullable String given) {
    if (given == null || given.isBlank()) {
      return null;
    }
    return given.endsWith(".creds") ? Path.of(given).toAbsolutePath().toString() : given;
  }

  private static void confirmLoss(Path root) {
    System.err.print("Delete the repository and all streams in " + root + "? [y/N] ");
    System.err.flush();
    String answer;
    try {
      answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (answer == null || !answer.strip().toLowerCase(Locale.ROOT).startsWith("y")) {
      throw new HubException(
          HubException.Reason.UNSUPPORTED,
          "nothing was deleted; answer yes, or add --yes, to start over with --fresh");
    }
  }
}
