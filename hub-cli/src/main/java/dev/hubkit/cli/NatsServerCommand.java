package dev.hubkit.cli;

import dev.hubkit.io.PrivateFiles;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.NatsException;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.ServerFlags;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.credential.Password;
import dev.hubkit.nats.wire.HostPort;
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
      return test(flags);
    }
    ServerProcess process = ServerProcess.begin((server, log) -> reload(server, flags, log));
    config = flags.config();
    config.warnings().forEach(err::println);
    NatsOptions options = NatsOptions.of(config);
    ServerLog log = ServerLog.start(err, config);
    process.logsTo(log);
    NatsServer server;
    try {
      server = announce(options, process, log);
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
    Path pidFile = writePidFile(log);
    Path portsFile = writePortsFile(server, log);
    process.started(server);
    StartupCache.makeInBackground();
    process.awaitEnd();
    delete(pidFile, log);
    delete(portsFile, log);
    log.info("Server Exiting..");
    return 0;
  }

  private int test(ServerFlags flags) {
    String file = flags.text("c");
    if (file.isEmpty()) {
      throw new ServerFlags.ConfigFlagException(
          "must specify [-c, --config] option to check configuration file syntax");
    }
    err.println(PROGRAM + ": " + ConfigFile.test(file, System::getenv, flags.readOptions()));
    return 0;
  }

  private NatsServer announce(NatsOptions options, ServerProcess process, ServerLog log) {
    log.info("Starting nats-server");
    log.info("  Version:  " + options.compatibility().version());
    log.info("  Git:      [not set]");
    if (!config.get(Options.CLUSTER).name().isEmpty()) {
      log.info("  Cluster:  " + config.get(Options.CLUSTER).name());
    }
    NatsServer server = NatsServer.start(options, process::requireWanted);
    log.info("  Name:     " + server.name());
    log.info("  ID:       " + server.id());
    announceConfiguration(log);
    announceServices(server, options, log);
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

  private void announceConfiguration(ServerLog log) {
    if (hasPlainPasswords()) {
      log.warn("Plaintext passwords detected, use nkeys or bcrypt");
    }
    String file = config.get(Options.CONFIG_FILE);
    if (!file.isEmpty()) {
      log.info(
          "Using configuration file: "
              + file
              + " ("
              + ConfigFile.digest(file, System::getenv)
              + ")");
    }
  }

  private void announceServices(NatsServer server, NatsOptions options, ServerLog log) {
    if (server.monitorPort() > 0) {
      log.info("Starting http monitor on " + monitorHost(options) + ":" + server.monitorPort());
    }
    if (server.securedMonitorPort() > 0) {
      log.info(
          "Starting https monitor on " + monitorHost(options) + ":" + server.securedMonitorPort());
    }
    if (options.storeDir() != null) {
      log.info("Starting JetStream");
      log.info("  Store Directory: \"" + options.storeDir().resolve("jetstream") + "\"");
    }
    if (server.webSocketPort() > 0) {
      announceWebSocket(server, options, log);
    }
  }

  private void announceWebSocket(NatsServer server, NatsOptions options, ServerLog log) {
    String scheme = webSocketScheme();
    log.info(
        "Listening for websocket clients on "
            + url(scheme, webSocketHost(options), server.webSocketPort()));
    if (scheme.equals("ws")) {
      log.warn("Websocket not configured with TLS. DO NOT USE IN PRODUCTION!");
    }
  }

  private String webSocketScheme() {
    WebSocketConfig block = config.get(Options.WEBSOCKET).orElseThrow();
    return block.tls() == null || block.noTls() ? "ws" : "wss";
  }

  private String webSocketHost(NatsOptions options) {
    String host = config.get(Options.WEBSOCKET).orElseThrow().host();
    return host.isEmpty() ? options.host() : host;
  }

  private boolean hasPlainPasswords() {
    String own = config.get(Options.PASSWORD);
    String token = config.get(Options.TOKEN);
    return isPlain(own)
        || isPlain(token)
        || config.get(Options.USERS).stream().anyMatch(user -> isPlain(user.password()));
  }

  private static boolean isPlain(String password) {
    return !password.isEmpty() && !Password.isHash(password);
  }

  private String monitorHost(NatsOptions options) {
    String host = config.get(Options.HTTP_HOST);
    return host.isEmpty() ? options.host() : host;
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
    String pid = Long.toString(ProcessHandle.current().pid());
    return write(Path.of(name), pid, "pid", PrivateFiles::writeString, log);
  }

  private interface FileWriter {
    void write(Path path, String text) throws IOException;
  }

  private static @Nullable Path write(
      Path path, String text, String what, FileWriter writer, ServerLog log) {
    try {
      writer.write(path, text);
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
      json.fieldIfSet(
          "monitoring", urls("http", monitorHost(server.options()), server.monitorPort()));
    }
    if (server.clusterPort() > 0) {
      json.fieldIfSet("cluster", urls("nats", clusterHost(server.options()), server.clusterPort()));
    }
    if (server.webSocketPort() > 0) {
      json.fieldIfSet(
          "websocket",
          urls(webSocketScheme(), webSocketHost(server.options()), server.webSocketPort()));
    }
    String text = new String(json.endObject().toBytes(), StandardCharsets.UTF_8);
    Path path = Path.of(directory, PROGRAM + "_" + ProcessHandle.current().pid() + ".ports");
    return write(path, text, "ports", Files::writeString, log);
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
    return scheme + "://" + new HostPort(host, port);
  }

  private static final class ServerAddress {
    static String text(InetAddress address) {
      String text = address.getHostAddress();
      int zone = address instanceof Inet6Address ? text.indexOf('%') : -1;
      return zone < 0 ? text : text.substring(0, zone);
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
      boolean traced = config.get(Options.TRACE);
      log.configure(changed);
      config = changed;
      if (changed.get(Options.TRACE) && !traced) {
        log.warn("Clients are traced from the next start on: trace was off when this server began");
      }
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
