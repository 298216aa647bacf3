package dev.hubkit.junit.runner;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs a NATS server in this JVM, in the shape of the class of that name of jnats-server-runner: a
 * test that uses that one needs another import and another dependency. Constructors and {@link
 * Builder#build()} return when clients can connect.
 *
 * <p>The server takes the configuration and the flags of nats-server; see {@link Builder} for what
 * has no effect here. It listens on the loopback address unless they name another. Without a {@code
 * store_dir} its streams are in a temporary directory, which the next server finds that this JVM
 * starts on the same port by its number. Thread-safe.
 */
public class NatsServerRunner implements AutoCloseable {
  private static final int CONNECT_MILLIS = 20_000;

  private final RunnerOutput output;
  private final RunnerConfig config;
  private final InProcessServer server;
  private final String program;
  private boolean shutDown;

  /** Starts a server on any free port, without JetStream. */
  public NatsServerRunner() throws IOException {
    this(builder());
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(boolean debug) throws IOException {
    this(builder().debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(boolean debug, boolean jetstream) throws IOException {
    this(builder().debug(debug).jetstream(jetstream));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(int port, boolean debug) throws IOException {
    this(builder().port(port).debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(int port, boolean debug, boolean jetstream) throws IOException {
    this(builder().port(port).debug(debug).jetstream(jetstream));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String configFilePath, boolean debug) throws IOException {
    this(builder().configFilePath(configFilePath).debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String configFilePath, boolean debug, boolean jetstream)
      throws IOException {
    this(builder().configFilePath(configFilePath).debug(debug).jetstream(jetstream));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String configFilePath, int port, boolean debug) throws IOException {
    this(builder().configFilePath(configFilePath).port(port).debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String configFilePath, String[] configInserts, int port, boolean debug)
      throws IOException {
    this(
        builder()
            .configFilePath(configFilePath)
            .configInserts(configInserts)
            .port(port)
            .debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String[] customArgs) throws IOException {
    this(builder().customArgs(customArgs));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String[] customArgs, boolean debug) throws IOException {
    this(builder().customArgs(customArgs).debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String[] customArgs, boolean debug, boolean jetstream)
      throws IOException {
    this(builder().customArgs(customArgs).debug(debug).jetstream(jetstream));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(String[] customArgs, int port, boolean debug) throws IOException {
    this(builder().customArgs(customArgs).port(port).debug(debug));
  }

  /** Starts a server; see {@link Builder}. */
  public NatsServerRunner(
      int port,
      boolean debug,
      boolean jetstream,
      @Nullable String configFilePath,
      String @Nullable [] configInserts,
      String @Nullable [] customArgs)
      throws IOException {
    this(
        builder()
            .port(port)
            .debug(debug)
            .jetstream(jetstream)
            .configFilePath(configFilePath)
            .configInserts(configInserts)
            .customArgs(customArgs));
  }

  /** Starts a server; see {@link Builder#runnerOptions}. */
  public NatsServerRunner(NatsServerRunnerOptions options) throws IOException {
    this(builder().runnerOptions(options));
  }

  /**
   * Starts a server.
   *
   * @throws IOException if the configuration file cannot be read
   * @throws IllegalStateException if the server cannot start, with the reason in nats-server's
   *     words
   */
  @SuppressWarnings("this-escape") // What getCmdLine() reads is there when it is called.
  protected NatsServerRunner(Builder builder) throws IOException {
    output = builder.newOutput();
    program =
        builder.executablePath == null
            ? NatsRunnerUtils.getResolvedServerPath()
            : builder.executablePath.toString();
    config = RunnerConfig.of(builder.ports, builder.configFilePath, builder.configInserts);
    server = InProcessServer.of(config, builder.flags());
    output.info(() -> "Starting [" + getCmdLine() + "] in this JVM");
    try {
      config.listensOn(server.start(output));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw failure(e, builder.fullErrorReport);
    }
    output.info(() -> "Started [" + getCmdLine() + "]");
  }

  private IllegalStateException failure(Exception cause, boolean isFull) {
    StringBuilder message =
        new StringBuilder("Failed to run [").append(getCmdLine()).append("] in this JVM\n");
    message.append(String.valueOf(cause.getMessage()).stripTrailing());
    if (isFull && !config.lines().isEmpty()) {
      message.append("\nThe configuration:\n").append(String.join("\n", config.lines()));
    }
    output.error(message::toString);
    return new IllegalStateException(message.toString(), cause);
  }

  /** Returns a builder with the defaults: any free port, no JetStream. */
  public static Builder builder() {
    return new Builder();
  }

  /** Checks that a NATS server greets on a port of this machine. */
  public static void connectCheck(int port) throws IOException {
    connectCheck(port, true);
  }

  /**
   * Checks that a server accepts connections on a port of this machine.
   *
   * @param validateInfo whether it has to greet as a NATS server of that port
   */
  public static void connectCheck(int port, boolean validateInfo) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      if (validateInfo) {
        socket.setSoTimeout(CONNECT_MILLIS);
        String greeting = firstLine(socket.getInputStream());
        if (!greeting.startsWith("INFO ") || !greeting.contains("\"port\":" + port)) {
          throw new IOException("Invalid Server Info: '" + greeting + "'");
        }
      }
    }
  }

  private static String firstLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    byte[] next = new byte[1024];
    int count = 0;
    while (line.indexOf("\r") < 0 && line.length() < 65_536 && (count = in.read(next)) > 0) {
      line.append(new String(next, 0, count, StandardCharsets.UTF_8));
    }
    return line.toString();
  }

  /** Returns the program that jnats-server-runner would run; this class does not. */
  public String getExecutablePath() {
    return program;
  }

  /** Returns the port that the test asked for, or the free one that was taken. */
  public int getPort() {
    return getUserPort();
  }

  /** Returns what {@link #getPort()} does. */
  public int getUserPort() {
    return config.port(NatsRunnerUtils.USER_PORT_KEY);
  }

  /** Returns the port for NATS clients. */
  public int getNatsPort() {
    return config.port(NatsRunnerUtils.NATS_PORT_KEY);
  }

  /** Returns the port that the test asked for; -1 for any free one. */
  public int getConfigPort() {
    return config.port(NatsRunnerUtils.CONFIG_PORT_KEY);
  }

  /** Returns the port in a block of the configuration, such as that for WebSocket; -1 for none. */
  public int getNonNatsPort() {
    return config.port(NatsRunnerUtils.NON_NATS_PORT_KEY);
  }

  /** Returns the port that stands for {@code <key>} in the configuration; null for none. */
  public @Nullable Integer getPort(String key) {
    return config.find(key);
  }

  /** Returns the configuration file, which is deleted with the server; null if there is none. */
  public @Nullable String getConfigFile() {
    Path file = server.configFile();
    return file == null ? null : file.toString();
  }

  /** Returns the lines of the configuration file; empty if there is none. */
  public List<String> getConfigLines() {
    return List.copyOf(config.lines());
  }

  /** Returns the URL for NATS clients, {@code nats://localhost:port}. */
  public String getURI() {
    return getNatsLocalhostUri();
  }

  /** Returns what {@link #getURI()} does. */
  public String getNatsLocalhostUri() {
    return NatsRunnerUtils.getNatsLocalhostUri(getNatsPort());
  }

  /** Returns the command line of a nats-server that would do what this one does. */
  public String getCmdLine() {
    return program + " " + String.join(" ", server.arguments());
  }

  /** Stops the server; see {@link #close()}. */
  public void shutdown(boolean wait) throws InterruptedException {
    close();
  }

  /** Stops the server; see {@link #close()}. */
  public void shutdown() throws InterruptedException {
    close();
  }

  /** Stops the server, and returns when it has stopped; safe to call more than once. */
  @Override
  public synchronized void close() {
    if (!shutDown) {
      shutDown = true;
      output.info(() -> "Shut down [" + getCmdLine() + "]");
      server.close();
    }
  }

  /** See {@link NatsRunnerUtils#getDefaultOutputSupplier()}. */
  public static Supplier<? extends RunnerOutput> getDefaultOutputSupplier() {
    return NatsRunnerUtils.getDefaultOutputSupplier();
  }

  /** See {@link NatsRunnerUtils#setDefaultOutputSupplier}. */
  public static void setDefaultOutputSupplier(@Nullable Supplier<? extends RunnerOutput> supplier) {
    NatsRunnerUtils.setDefaultOutputSupplier(supplier);
  }

  /** See {@link NatsRunnerUtils#getDefaultOutputLevel()}. */
  public static Level getDefaultOutputLevel() {
    return NatsRunnerUtils.getDefaultOutputLevel();
  }

  /** See {@link NatsRunnerUtils#setDefaultOutputLevel}. */
  public static void setDefaultOutputLevel(Level level) {
    NatsRunnerUtils.setDefaultOutputLevel(level);
  }

  /** See {@link NatsRunnerUtils#getPreferredServerPath()}. */
  public static @Nullable String getPreferredServerPath() {
    return NatsRunnerUtils.getPreferredServerPath();
  }

  /** See {@link NatsRunnerUtils#setPreferredServerPath}. */
  public static void setPreferredServerPath(@Nullable String path) {
    NatsRunnerUtils.setPreferredServerPath(path);
  }

  /** See {@link NatsRunnerUtils#clearPreferredServerPath()}. */
  public static void clearPreferredServerPath() {
    NatsRunnerUtils.clearPreferredServerPath();
  }

  /** Has no effect: there is no process to wait for. */
  public static void setDefaultProcessCheckWait(long millis) {}

  /** Has no effect: there is no process to wait for. */
  public static void setDefaultProcessCheckTries(int tries) {}

  /** Has no effect: clients can connect when the start returns. */
  public static void setDefaultValidateTries(int tries) {}

  /** Has no effect: clients can connect when the start returns. */
  public static void setDefaultInitialValidateDelay(long millis) {}

  /** Has no effect: clients can connect when the start returns. */
  public static void setDefaultSubsequentValidateDelay(long millis) {}

  /**
   * Makes runners. The program, and how to wait for its process and its port, have no effect: the
   * server is in this JVM, and serves clients when the start returns. Debug levels do not trace.
   * Not thread-safe.
   */
  public static class Builder {
    private final Map<String, Integer> ports = new HashMap<>();
    private @Nullable DebugLevel debugLevel;
    private boolean jetStream;
    private @Nullable Path configFilePath;
    private @Nullable List<String> configInserts;
    private @Nullable List<String> customArgs;
    private @Nullable Path executablePath;
    private @Nullable RunnerOutput output;
    private @Nullable Level outputLevel;
    private boolean fullErrorReport = true;

    public Builder() {}

    /** Sets the port; -1 or null for any free one. */
    public Builder port(@Nullable Integer port) {
      return port(NatsRunnerUtils.CONFIG_PORT_KEY, port);
    }

    /** Sets the port that takes the place of {@code <key>} in the configuration; null for any. */
    public Builder port(String key, @Nullable Integer port) {
      if (port == null) {
        ports.remove(key);
      } else {
        ports.put(key, port);
      }
      return this;
    }

    /** Sets all ports, by their keys. */
    public Builder ports(@Nullable Map<String, Integer> byKey) {
      ports.clear();
      if (byKey != null) {
        ports.putAll(byKey);
      }
      return this;
    }

    /** Sets what shows in the command line; see {@link DebugLevel}. */
    public Builder debugLevel(@Nullable DebugLevel level) {
      debugLevel = level;
      return this;
    }

    /** See {@link #debugLevel}. */
    public Builder debug() {
      return debug(true);
    }

    /** See {@link #debugLevel}. */
    public Builder debug(boolean on) {
      return debugLevel(on ? DebugLevel.DEBUG_TRACE : null);
    }

    /** Switches JetStream on. */
    public Builder jetstream() {
      return jetstream(true);
    }

    /** Switches JetStream on or, unless the configuration has it, off. */
    public Builder jetstream(boolean on) {
      jetStream = on;
      return this;
    }

    /** Sets the configuration file of nats-server. */
    public Builder configFilePath(@Nullable String file) {
      return configFilePath(file == null ? null : Path.of(file));
    }

    /** Sets the configuration file of nats-server. */
    public Builder configFilePath(@Nullable Path file) {
      configFilePath = file;
      return this;
    }

    /** Sets lines to add to the configuration, all but those that begin with {@code port:}. */
    public Builder configInserts(@Nullable List<String> lines) {
      configInserts = lines == null || lines.isEmpty() ? null : List.copyOf(lines);
      return this;
    }

    /** See {@link #configInserts(List)}. */
    public Builder configInserts(String @Nullable [] lines) {
      return configInserts(lines == null ? null : List.of(lines));
    }

    /** Sets flags of nats-server. */
    public Builder customArgs(@Nullable List<String> arguments) {
      customArgs = arguments == null || arguments.isEmpty() ? null : List.copyOf(arguments);
      return this;
    }

    /** Sets flags of nats-server. */
    public Builder customArgs(String @Nullable [] arguments) {
      return customArgs(arguments == null ? null : List.of(arguments));
    }

    /** Sets the program, which is not run. */
    public Builder executablePath(@Nullable String program) {
      return executablePath(program == null ? null : Path.of(program));
    }

    /** Sets the program, which is not run. */
    public Builder executablePath(@Nullable Path program) {
      executablePath = program;
      return this;
    }

    /** Sets where the runner's messages go. */
    public Builder output(@Nullable RunnerOutput target) {
      output = target;
      return this;
    }

    /** Sets the logger for the runner's messages. */
    public Builder outputLogger(@Nullable Logger logger) {
      return output(logger == null ? null : new LoggingOutput(logger));
    }

    /** Sets the level of the output that was set here. */
    public Builder outputLevel(@Nullable Level level) {
      outputLevel = level;
      return this;
    }

    /** Has no effect: there is no process to wait for. */
    public Builder processCheckWait(@Nullable Long millis) {
      return this;
    }

    /** Has no effect: there is no process to wait for. */
    public Builder processCheckTries(@Nullable Integer tries) {
      return this;
    }

    /** Has no effect: clients can connect when the start returns. */
    public Builder connectValidateInitialDelay(@Nullable Long millis) {
      return this;
    }

    /** Has no effect: clients can connect when the start returns. */
    public Builder connectValidateSubsequentDelay(@Nullable Long millis) {
      return this;
    }

    /** Has no effect: clients can connect when the start returns. */
    public Builder connectValidateTries(@Nullable Integer tries) {
      return this;
    }

    /** Has no effect: clients can connect when the start returns. */
    public Builder connectValidateTlsFirstMode() {
      return this;
    }

    /** Has no effect: clients can connect when the start returns. */
    public Builder skipConnectValidate() {
      return this;
    }

    /** Sets whether the error of a failed start contains the configuration. */
    public Builder fullErrorReportOnStartup(boolean full) {
      fullErrorReport = full;
      return this;
    }

    /** Sets what the options have. */
    public Builder runnerOptions(NatsServerRunnerOptions options) {
      return port(options.port())
          .debugLevel(options.debugLevel())
          .jetstream(options.jetStream())
          .configFilePath(options.configFilePath())
          .configInserts(options.configInserts())
          .customArgs(options.customArgs())
          .executablePath(options.executablePath())
          .outputLogger(options.logger())
          .outputLevel(options.logLevel());
    }

    /** Starts a server; see {@link NatsServerRunner#NatsServerRunner(Builder)}. */
    public NatsServerRunner build() throws IOException {
      return new NatsServerRunner(this);
    }

    /** Returns the settings. */
    public NatsServerRunnerOptions buildOptions() {
      return new RunnerSettings(
          ports.get(NatsRunnerUtils.CONFIG_PORT_KEY),
          debugLevel,
          jetStream,
          configFilePath,
          configInserts,
          customArgs,
          executablePath,
          output == null ? null : output.getLogger(),
          outputLevel);
    }

    private RunnerOutput newOutput() {
      RunnerOutput chosen = output;
      if (chosen == null) {
        chosen = NatsRunnerUtils.getDefaultOutputSupplier().get();
        chosen.setLevel(NatsRunnerUtils.getDefaultOutputLevel());
      } else if (outputLevel != null) {
        chosen.setLevel(outputLevel);
      }
      return chosen;
    }

    private List<String> flags() {
      List<String> flags = new ArrayList<>();
      if (jetStream) {
        flags.add("-js");
      }
      if (customArgs != null) {
        flags.addAll(customArgs);
      }
      if (debugLevel != null) {
        flags.add(debugLevel.getCmdOption());
      }
      return flags;
    }
  }
}
