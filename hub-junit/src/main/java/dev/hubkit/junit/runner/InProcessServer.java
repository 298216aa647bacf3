package dev.hubkit.junit.runner;

import dev.hubkit.io.TemporaryDirectory;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.ServerFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server with the flags and the configuration file of nats-server, and its directories. */
final class InProcessServer implements AutoCloseable {
  /** The flags that would write a file beside the server, by their options. */
  private static final Map<Option<String>, String> WITHOUT_EFFECT =
      Map.of(
          Options.LOG_FILE, "the log file",
          Options.PID_FILE, "the PID file",
          Options.PORTS_FILE_DIRECTORY, "the ports file");

  // The client shares this JVM, and nats-server's default of 2 s is short for a busy machine.
  private static final double LOGIN_SECONDS = 20;

  private final TemporaryDirectory directory;
  private final List<String> arguments = new ArrayList<>();
  private @Nullable Path configFile;
  private @Nullable TemporaryDirectory store;
  private @Nullable NatsServer server;

  private InProcessServer(TemporaryDirectory directory) {
    this.directory = directory;
  }

  /** Prepares a server with a configuration, and flags on top of it. */
  static InProcessServer of(RunnerConfig config, List<String> flags) throws IOException {
    InProcessServer server = new InProcessServer(TemporaryDirectory.create("hub-runner-"));
    try {
      if (config.lines().isEmpty()) {
        server.arguments.add("--port");
        server.arguments.add(Integer.toString(config.port(NatsRunnerUtils.NATS_PORT_KEY)));
      } else {
        Path file = server.directory.path().resolve("nats-server.conf");
        Files.write(file, config.lines());
        server.configFile = file;
        server.arguments.add("--config");
        server.arguments.add(file.toString());
      }
      server.arguments.addAll(flags);
      return server;
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /**
   * Starts the server.
   *
   * @return the port that it listens on
   * @throws IllegalArgumentException if nats-server would not understand a flag
   */
  int start(RunnerOutput output) throws IOException {
    ServerConfig config = config(output);
    if (config.find(Options.AUTH_TIMEOUT).isEmpty()) {
      config.set(Options.AUTH_TIMEOUT, LOGIN_SECONDS);
    }
    NatsOptions options = NatsOptions.of(config);
    if (options.storeDir() != null && config.find(Options.STORE_DIR).isEmpty()) {
      TemporaryDirectory own = RestartStores.take(options.port());
      store = own;
      options = options.toBuilder().jetStream(own.path().resolve("store")).build();
    }
    NatsServer started = NatsServer.start(options);
    server = started;
    return started.port();
  }

  private ServerConfig config(RunnerOutput output) {
    ServerConfig config;
    try {
      config = ServerFlags.parse(arguments).config();
    } catch (ServerFlags.FlagException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    config.warnings().forEach(output::warning);
    WITHOUT_EFFECT.forEach(
        (option, what) -> {
          if (!config.get(option).isEmpty()) {
            output.warning(() -> "The server in this JVM does not write " + what);
          }
        });
    return config;
  }

  /** Returns the flags. */
  List<String> arguments() {
    return arguments;
  }

  /** Returns the configuration file, which is deleted with the server; null for none. */
  @Nullable Path configFile() {
    return configFile;
  }

  /** Stops the server, and deletes what no other server could use. */
  @Override
  public void close() {
    try (directory) {
      if (server != null) {
        server.close();
      }
      if (store != null && server != null) {
        RestartStores.keep(server.port(), store);
      } else if (store != null) {
        store.close();
      }
    }
  }
}
