package dev.hubkit.junit.runner;

import dev.hubkit.nats.NatsServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ports, URLs and defaults for {@link NatsServerRunner}, under the name of the class that it takes
 * the place of. Thread-safe.
 */
public final class NatsRunnerUtils {
  public static final String NATS_SERVER_PATH_ENV = "nats_server_path";
  public static final String DEFAULT_NATS_SERVER = "nats-server";

  /** The key of the port that the test asked for; -1 for any free one. */
  public static final String CONFIG_PORT_KEY = "config_port";

  /** The key of the port that {@link NatsServerRunner#getPort()} returns. */
  public static final String USER_PORT_KEY = "user_port";

  /** The key of the port for NATS clients. */
  public static final String NATS_PORT_KEY = "nats_port";

  /** The key of the port in a block of the configuration, such as that for WebSocket. */
  public static final String NON_NATS_PORT_KEY = "non_nats_port";

  public static final String NATS = "nats";
  public static final String LOCALHOST = "localhost";

  private static volatile Supplier<? extends RunnerOutput> outputs =
      NatsRunnerUtils::newLoggingOutput;
  private static volatile Level outputLevel = Level.INFO;
  private static volatile @Nullable String serverPath;

  private NatsRunnerUtils() {}

  private static RunnerOutput newLoggingOutput() {
    return new LoggingOutput(Logger.getLogger(NatsServerRunner.class.getName()));
  }

  /** Returns {@code nats://localhost:port}. */
  public static String getNatsLocalhostUri(int port) {
    return getNatsUri(LOCALHOST, port);
  }

  /** Returns {@code nats://host:port}. */
  public static String getNatsUri(String host, int port) {
    return getUri(NATS, host, port);
  }

  /** Returns {@code scheme://localhost:port}. */
  public static String getLocalhostUri(String scheme, int port) {
    return getUri(scheme, LOCALHOST, port);
  }

  /** Returns {@code scheme://host:port}. */
  public static String getUri(String scheme, String host, int port) {
    return scheme + "://" + host + ":" + port;
  }

  /** Returns a port that is free at the moment; another program may take it at any time. */
  public static int nextPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Returns the program that jnats-server-runner would run. */
  public static String getResolvedServerPath() {
    String preferred = serverPath;
    if (preferred != null) {
      return preferred;
    }
    String environment = System.getenv(NATS_SERVER_PATH_ENV);
    return environment == null ? DEFAULT_NATS_SERVER : environment;
  }

  /** Returns which nats-server the server in this JVM behaves as, as that program says it. */
  public static String getNatsServerVersionString() {
    return DEFAULT_NATS_SERVER + ": v" + NatsServer.VERSION;
  }

  /** Returns what {@link #getNatsServerVersionString()} does: the program is not run. */
  public static String getNatsServerVersionString(String ignoredPath) {
    return getNatsServerVersionString();
  }

  /** Returns what makes the output of runners that are given none. */
  public static Supplier<? extends RunnerOutput> getDefaultOutputSupplier() {
    return outputs;
  }

  /** Sets what makes the output of runners that are given none; null for a logger. */
  public static void setDefaultOutputSupplier(@Nullable Supplier<? extends RunnerOutput> supplier) {
    outputs = supplier == null ? NatsRunnerUtils::newLoggingOutput : supplier;
  }

  /** Returns the level of the output of runners that are given none. */
  public static Level getDefaultOutputLevel() {
    return outputLevel;
  }

  /** Sets the level of the output of runners that are given none. */
  public static void setDefaultOutputLevel(Level level) {
    outputLevel = level;
  }

  /** Returns the program that a test has set; null for none. */
  public static @Nullable String getPreferredServerPath() {
    return serverPath;
  }

  /** Sets the program, which is not run: the server is in this JVM. */
  public static void setPreferredServerPath(@Nullable String path) {
    serverPath = path == null || path.isEmpty() ? null : path;
  }

  /** Forgets the program. */
  public static void clearPreferredServerPath() {
    serverPath = null;
  }
}
