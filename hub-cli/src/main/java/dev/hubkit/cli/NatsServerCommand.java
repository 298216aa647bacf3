package dev.hubkit.cli;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

  @Unmatched private List<String> arguments = new ArrayList<>();

  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicBoolean ending = new AtomicBoolean();
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
      out.println(usage());
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
      err.println(e.getMessage());
      return 1;
    }
  }

  private int command(String name) {
    switch (name) {
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
      return ServerSignal.send(flags.text("sl"), err);
    }
    if (flags.isOn("t")) {
      if (flags.text("c").isEmpty()) {
        throw new ServerFlags.ConfigFlagException(
            "must specify [-c, --config] option to check configuration file syntax");
      }
      err.println(PROGRAM + ": " + ConfigFile.test(flags.text("c"), System::getenv));
      return 0;
    }
    config = flags.config();
    config.warnings().forEach(err::println);
    NatsOptions options = NatsOptions.of(config);
    ServerLog log = ServerLog.start(err, config);
    NatsServer server;
    try {
      server = announce(options, log);
    } catch (NatsException e) {
      log.error(String.valueOf(e.getMessage()));
      return 1;
    }
    Path pidFile = writePidFile(log);
    Path portsFile = writePortsFile(server, log);
    handleSignals(server, flags, log);
    StartupCache.makeInBackground();
    ended.await();
    delete(pidFile, log);
    delete(portsFile, log);
    log.info("Server Exiting..");
    return 0;
  }

  private NatsServer announce(NatsOptions options, ServerLog log) {
    log.info("Starting nats-server");
    log.info("  Version:  " + NatsServer.VERSION);
    log.info("  Git:      [not set]");
    NatsServer server = NatsServer.start(options);
    log.info("  Name:     " + server.name());
    log.info("  ID:       " + server.id());
    if (config.isSet(Options.HTTP_PORT) && server.monitorPort() > 0) {
      log.info("Starting http monitor on " + options.host() + ":" + server.monitorPort());
    }
    if (options.storeDir() != null) {
      log.info("Starting JetStream");
      log.info("  Store Directory: \"" + options.storeDir().resolve("jetstream") + "\"");
    }
    if (server.webSocketPort() > 0) {
      log.info("Listening for websocket clients on port " + server.webSocketPort());
    }
    log.info("Listening for client connections on " + options.host() + ":" + server.port());
    if (config.get(Options.TLS).isPresent()) {
      log.info("TLS required for client connections");
    }
    log.info("Server is ready");
    if (server.clusterPort() > 0) {
      log.info("Cluster name is " + server.clusterName());
      log.info(
          "Listening for route connections on "
              + clusterHost(options)
              + ":"
              + server.clusterPort());
    }
    return server;
  }

  private String clusterHost(NatsOptions options) {
    String host = config.get(Options.CLUSTER).host();
    return host.isEmpty() ? options.host() : host;
  }

  private @Nullable Path writePidFile(ServerLog log) {
    String name = config.get(Options.PID_FILE);
    if (name.isEmpty()) {
      return null;
    }
    return write(Path.of(name), Long.toString(ProcessHandle.current().pid()), "pid", log);
  }

  private static @Nullable Path write(Path path, String text, String what, ServerLog log) {
    try {
      Files.writeString(path, text);
      return path;
    } catch (IOException e) {
      log.error("Error writing " + what + " file (" + path + "): " + e.getMessage());
      return null;
    }
  }

  private @Nullable Path writePortsFile(NatsServer server, ServerLog log) {
    String directory = config.get(Options.PORTS_FILE_DIRECTORY);
    if (directory.isEmpty()) {
      return null;
    }
    String host = server.options().host();
    JsonWriter json = JsonWriter.compact().beginObject();
    json.fieldIfSet(
        "nats", urls(config.get(Options.TLS).isPresent() ? "tls" : "nats", host, server.port()));
    if (server.monitorPort() > 0) {
      json.fieldIfSet("monitoring", urls("http", host, server.monitorPort()));
    }
    if (server.webSocketPort() > 0) {
      json.fieldIfSet("websocket", urls("ws", host, server.webSocketPort()));
    }
    if (server.clusterPort() > 0) {
      json.fieldIfSet("cluster", urls("nats", clusterHost(server.options()), server.clusterPort()));
    }
    String text = new String(json.endObject().toBytes(), StandardCharsets.UTF_8);
    Path path = Path.of(directory, PROGRAM + "_" + ProcessHandle.current().pid() + ".ports");
    return write(path, text, "ports", log);
  }

  private static List<String> urls(String scheme, String host, int port) {
    List<String> urls = new ArrayList<>();
    if (!host.equals("0.0.0.0") && !host.equals("::")) {
      return List.of(url(scheme, host, port));
    }
    try (Stream<NetworkInterface> interfaces = NetworkInterface.networkInterfaces()) {
      interfaces
          .flatMap(NetworkInterface::inetAddresses)
          .map(ServerAddress::text)
          .forEach(address -> urls.add(url(scheme, address, port)));
    } catch (IOException e) {
      urls.add(url(scheme, "127.0.0.1", port));
    }
    return urls;
  }

  private static String url(String scheme, String host, int port) {
    return scheme + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  private static final class ServerAddress {
    static String text(InetAddress address) {
      String text = address.getHostAddress();
      int zone = address instanceof Inet6Address ? text.indexOf('%') : -1;
      return zone < 0 ? text : text.substring(0, zone);
    }
  }

  private void handleSignals(NatsServer server, ServerFlags flags, ServerLog log) {
    Thread shutdown = new Thread(() -> end(server, log), "nats-server-shutdown");
    Runtime.getRuntime().addShutdownHook(shutdown);
    Termination.onSignal("INT", () -> trapped("interrupt", server, log));
    Termination.onSignal(
        "TERM",
        () -> {
          log.info("Trapped \"terminated\" signal");
          // Whoever told it to leave slowly has its clients leave slowly.
          if (!server.isLameDuck()) {
            end(server, log);
          }
        });
    Termination.onSignal(
        "HUP",
        () -> {
          log.info("Trapped \"hangup\" signal");
          try {
            reload(server, flags, log);
          } catch (NatsException e) {
            log.error("Failed to reload server configuration: " + e.getMessage());
          }
        });
    Termination.onSignal(
        "USR1",
        () -> {
          log.info("Trapped \"user defined signal 1\" signal");
          log.reopen();
        });
    Termination.onSignal(
        "USR2",
        () -> {
          log.info("Trapped \"user defined signal 2\" signal");
          server.lameDuck();
        });
    server.onReload(() -> reload(server, flags, log));
    var unused = server.closed().thenRun(ended::countDown);
  }

  private void trapped(String signal, NatsServer server, ServerLog log) {
    log.info("Trapped \"" + signal + "\" signal");
    end(server, log);
  }

  private void end(NatsServer server, ServerLog log) {
    if (ending.compareAndSet(false, true)) {
      log.info("Initiating Shutdown...");
      server.close();
      ended.countDown();
    }
  }

  private synchronized void reload(NatsServer server, ServerFlags flags, ServerLog log) {
    if (flags.text("c").isEmpty()) {
      throw new NatsException(
          "can only reload config when a file is provided using -c or --config");
    }
    try {
      ServerConfig changed = flags.config();
      List<Option<?>> differences = config.differences(changed);
      for (Option<?> option : differences) {
        if (!option.isReloadable()) {
          throw new NatsException("config reload not supported for " + option.name());
        }
      }
      server.reload(NatsOptions.of(changed));
      log.configure(changed);
      config = changed;
      differences.forEach(option -> log.info("Reloaded: " + option.name()));
      log.info("Reloaded server configuration");
    } catch (ConfigException | ServerFlags.ConfigFlagException e) {
      throw new NatsException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void delete(@Nullable Path path, ServerLog log) {
    if (path != null) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        log.error("Can't remove " + path + ": " + e.getMessage());
      }
    }
  }

  private static String usage() {
    try (InputStream text = NatsServerCommand.class.getResourceAsStream("nats-server-usage.txt")) {
      if (text == null) {
        throw new NoSuchFileException("nats-server-usage.txt");
      }
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
