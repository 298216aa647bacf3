package dev.hubkit.cli;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.io.SystemError;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.StartListener;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.ServerFlags;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * {@code hub nats-server}: the NATS server alone, with the flags, configuration file, log lines and
 * signals of the real one. A script named nats-server that calls it stands in for the real binary.
 */
@Command(
    name = "nats-server",
    description = "Run the NATS server alone, with the flags of the real nats-server.")
public final class NatsServerCommand implements Callable<Integer> {
  private static final String PROGRAM = "nats-server";
  // The exit code of nats-server where a change is valid and a reload is not enough for it.
  private static final int RESTART_NEEDED = 3;

  @Unmatched private List<String> arguments = new ArrayList<>();

  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private ServerConfig config = new ServerConfig();

  /** Runs the command without a command line parser around it. */
  public static int run(List<String> arguments) throws InterruptedException {
    NatsServerCommand command = new NatsServerCommand();
    command.arguments = List.copyOf(arguments);
    return command.call();
  }

  @Override
  public Integer call() throws InterruptedException {
    ServerFlags flags;
    try {
      flags = ServerFlags.parse(arguments);
    } catch (ServerFlags.FlagException e) {
      err.println(e.getMessage());
      out.println(usage());
      return 0;
    }
    if (flags.isOn("v")) {
      out.println(PROGRAM + ": v" + NatsServer.VERSION);
      return 0;
    }
    if (flags.isOn("h") || flags.isOn("help_tls")) {
      out.println(text(flags.isOn("h") ? "nats-server-usage.txt" : "nats-server-tls.txt"));
      return 0;
    }
    if (!flags.commands().isEmpty()) {
      return command(flags.commands().get(0));
    }
    try {
      return execute(flags);
    } catch (ConfigException | ServerFlags.ConfigFlagException | NatsException e) {
      err.println(PROGRAM + ": " + e.getMessage());
      return 1;
    } catch (UncheckedIOException e) {
      err.println(ServerLog.stamp() + e.getMessage());
      return 1;
    }
  }

  private int command(String name) {
    switch (name.toLowerCase(Locale.ROOT)) {
      case "version" -> out.println(PROGRAM + ": v" + NatsServer.VERSION);
      case "help" -> out.println(usage());
      default -> {
        err.println(PROGRAM + ": unrecognized command: \"" + name + "\"");
        return 1;
      }
    }
    return 0;
  }

  private int execute(ServerFlags flags) throws InterruptedException {
    if (!flags.text("sl").isEmpty()) {
      return signal(flags.text("sl"));
    }
    if (flags.isOn("t")) {
      return test(flags);
    }
    ServerProcess process = ServerProcess.begin((server, log) -> reload(server, flags, log));
    config = configuration(flags);
    if (!flags.text("test_reload").isEmpty()) {
      throw new ServerFlags.ConfigFlagException("--test_reload can only be used together with -t");
    }
    config.warnings().forEach(err::println);
    NatsOptions options = NatsOptions.of(config);
    ServerLog log = ServerLog.start(err, config);
    process.logsTo(log);
    NatsServer server;
    try {
      server = NatsServer.start(options, new Start(process, log));
    } catch (NatsException e) {
      if (process.failed(e)) {
        log.info("Server Exiting..");
        return 0;
      }
      log.fatal(String.valueOf(e.getMessage()));
      return 1;
    } catch (RuntimeException | Error e) {
      process.failed(e);
      throw e;
    }
    String directory = config.get(Options.PORTS_FILE_DIRECTORY);
    PortsFile ports = directory.isEmpty() ? null : PortsFile.in(directory);
    if (ports != null) {
      ports.write(server, log);
    }
    process.started(server);
    StartupCache.makeInBackground();
    process.awaitEnd();
    if (ports != null) {
      ports.delete(log);
    }
    log.info("Server Exiting..");
    return 0;
  }

  private int signal(String request) throws InterruptedException {
    try {
      ServerSignal.send(request);
      return 0;
    } catch (ServerSignal.SignalException e) {
      err.println(PROGRAM + ": " + e.getMessage());
      return 1;
    }
  }

  // Here alone Hub listens on all addresses where nothing else is said, since nats-server does.
  private static ServerConfig configuration(ServerFlags flags) {
    return listening(flags.config());
  }

  private static ServerConfig listening(ServerConfig read) {
    if (read.get(Options.HOST).isEmpty() || !read.isSet(Options.HOST)) {
      read.set(Options.HOST, "0.0.0.0");
    }
    return read;
  }

  /** Logs how the start goes on, and does what comes in between. */
  private final class Start implements StartListener {
    private final ServerProcess process;
    private final ServerLog log;

    Start(ServerProcess process, ServerLog log) {
      this.process = process;
      this.log = log;
    }

    @Override
    public void info(String line) {
      log.info(line);
    }

    @Override
    public void warn(String line) {
      log.warn(line);
    }

    @Override
    public void opening() {
      String name = config.get(Options.PID_FILE);
      if (!name.isEmpty()) {
        try {
          PrivateFiles.writeString(Path.of(name), Long.toString(ProcessHandle.current().pid()));
        } catch (IOException e) {
          throw new NatsException(
              "Could not write pidfile: open " + name + ": " + SystemError.text(e), e);
        }
      }
    }

    @Override
    public void ready() {
      process.requireWanted();
    }
  }

  private int test(ServerFlags flags) {
    String file = flags.text("c");
    if (file.isEmpty()) {
      throw new ServerFlags.ConfigFlagException(
          "must specify [-c, --config] option to check configuration file syntax");
    }
    String valid = ConfigFile.test(file, System::getenv, flags.readOptions());
    ServerConfig tested = configuration(flags);
    ConfigFile.validateOptions(tested);
    String other = flags.text("test_reload");
    if (!other.isEmpty()) {
      NatsOptions options = NatsOptions.of(tested);
      ServerConfig changed = listening(flags.config(other));
      NatsOptions wanted = NatsOptions.of(changed);
      try {
        NatsServer.checkReload(options, wanted);
      } catch (NatsException e) {
        err.println(PROGRAM + ": " + e.getMessage());
        return RESTART_NEEDED;
      }
    }
    err.println(PROGRAM + ": " + valid);
    if (!other.isEmpty()) {
      err.println(PROGRAM + ": configuration file " + other + " can be reloaded");
    }
    return 0;
  }

  private synchronized void reload(NatsServer server, ServerFlags flags, ServerLog log) {
    if (flags.text("c").isEmpty()) {
      throw new NatsException(
          "can only reload config when a file is provided using -c or --config");
    }
    try {
      ServerConfig changed = configuration(flags);
      List<Option<?>> differences = config.differences(changed);
      server.reload(NatsOptions.of(changed));
      boolean traced = config.get(Options.TRACE);
      log.configure(changed);
      config = changed;
      if (changed.get(Options.TRACE) && !traced) {
        log.warn("Clients are traced from the next start on: trace was off when this server began");
      }
      ReloadNotices.of(differences, changed).forEach(log::info);
      log.info("Reloaded server configuration");
    } catch (ConfigException | ServerFlags.ConfigFlagException e) {
      throw new NatsException(String.valueOf(e.getMessage()), e);
    }
  }

  private static String usage() {
    return text("nats-server-usage.txt");
  }

  private static String text(String name) {
    try (InputStream text = NatsServerCommand.class.getResourceAsStream(name)) {
      if (text == null) {
        throw new NoSuchFileException(name);
      }
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
