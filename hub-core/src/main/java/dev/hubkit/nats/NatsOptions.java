package dev.hubkit.nats;

import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.net.Limits;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link NatsServer} is started with. Immutable; made by {@link #builder()}, whose defaults
 * are those of nats-server, but that the server listens on the loopback address only.
 */
public final class NatsOptions {
  private final String host;
  private final int port;
  private final @Nullable String serverName;
  private final @Nullable Path storeDir;
  private final int maxPayload;
  private final int maxControlLine;
  private final long maxPending;
  private final int maxConnections;
  private final int maxSubscriptions;
  private final Duration pingInterval;
  private final int maxPingsOut;
  private final Duration authTimeout;
  private final Duration writeDeadline;
  private final int eventLoops;
  private final @Nullable TimeSource timeSource;
  private final @Nullable TrafficObserver observer;
  private final @Nullable FaultInjector faultInjector;
  private final @Nullable FaultyFileSystem diskFaults;
  private final ServerConfig config;

  private NatsOptions(Builder from) {
    host = from.host;
    port = from.port;
    serverName = from.serverName;
    storeDir = from.storeDir;
    maxPayload = from.maxPayload;
    maxControlLine = from.maxControlLine;
    maxPending = from.maxPending;
    maxConnections = from.maxConnections;
    maxSubscriptions = from.maxSubscriptions;
    pingInterval = from.pingInterval;
    maxPingsOut = from.maxPingsOut;
    authTimeout = from.authTimeout;
    writeDeadline = from.writeDeadline;
    eventLoops = from.eventLoops;
    timeSource = from.timeSource;
    observer = from.observer;
    faultInjector = from.faultInjector;
    diskFaults = from.diskFaults;
    config = from.config;
  }

  /**
   * The options of a configuration, as {@code nats-server} would be started with it.
   *
   * @throws ConfigException if the server would refuse to start with it
   */
  public static NatsOptions of(ServerConfig config) {
    ConfigFile.validate(config);
    Builder builder = builder().config(config);
    try {
      builder
          .host(config.get(Options.HOST))
          .port(config.get(Options.PORT))
          .maxPayload(config.get(Options.MAX_PAYLOAD))
          .maxControlLine(config.get(Options.MAX_CONTROL_LINE))
          .maxPending(config.get(Options.MAX_PENDING))
          .maxConnections(config.get(Options.MAX_CONNECTIONS))
          .maxSubscriptions(config.get(Options.MAX_SUBSCRIPTIONS))
          .pingInterval(Duration.ofNanos(config.get(Options.PING_INTERVAL)))
          .maxPingsOut(config.get(Options.MAX_PINGS_OUT))
          .authTimeout(authTimeout(config))
          .writeDeadline(Duration.ofNanos(config.get(Options.WRITE_DEADLINE)));
      if (!config.get(Options.SERVER_NAME).isEmpty()) {
        builder.serverName(config.get(Options.SERVER_NAME));
      }
    } catch (IllegalArgumentException e) {
      throw new NatsException(String.valueOf(e.getMessage()), e);
    }
    if (config.get(Options.JETSTREAM)) {
      String directory = config.get(Options.STORE_DIR);
      builder.jetStream(
          directory.isEmpty()
              ? Path.of(System.getProperty("java.io.tmpdir"), "nats")
              : Path.of(directory));
    }
    return builder.build();
  }

  // As long as a handshake may take and a second more, where there is one.
  private static Duration authTimeout(ServerConfig config) {
    double seconds = config.get(Options.AUTH_TIMEOUT);
    if (seconds <= 0) {
      seconds =
          config
              .get(Options.TLS)
              .map(
                  tls ->
                      1
                          + (tls.settings().timeoutSeconds() > 0
                              ? tls.settings().timeoutSeconds()
                              : 2))
              .orElse(2.0);
    }
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Address or host name to listen on; {@code 127.0.0.1} by default. */
  public String host() {
    return host;
  }

  /** TCP port; 0 takes a free one, 4222 by default. */
  public int port() {
    return port;
  }

  /** The server's name as clients see it; null takes the server's id. */
  public @Nullable String serverName() {
    return serverName;
  }

  /** Where JetStream keeps its data; null leaves JetStream off. */
  public @Nullable Path storeDir() {
    return storeDir;
  }

  /** Largest payload, headers included, in bytes; 1 MiB by default. */
  public int maxPayload() {
    return maxPayload;
  }

  /** Longest protocol line in bytes; 4096 by default. */
  public int maxControlLine() {
    return maxControlLine;
  }

  /** Bytes that may wait for one client before it is cut as a slow consumer; 64 MiB by default. */
  public long maxPending() {
    return maxPending;
  }

  /** Most clients at once; 65536 by default, 0 or less for no limit. */
  public int maxConnections() {
    return maxConnections;
  }

  /** Most subscriptions of one client; 0, the default, for no limit. */
  public int maxSubscriptions() {
    return maxSubscriptions;
  }

  /** How often a silent client is pinged; 2 minutes by default. */
  public Duration pingInterval() {
    return pingInterval;
  }

  /** Unanswered pings after which the next one closes the connection instead; 2 by default. */
  public int maxPingsOut() {
    return maxPingsOut;
  }

  /** How long a client that must authenticate may take; 2 seconds by default. */
  public Duration authTimeout() {
    return authTimeout;
  }

  /** How long a client may take nothing of what waits for it; 10 seconds by default. */
  public Duration writeDeadline() {
    return writeDeadline;
  }

  /** Threads that read from sockets, 1 to 64; 2 to 4 by default, by the number of processors. */
  public int eventLoops() {
    return eventLoops;
  }

  /** The clock and timers; null has the server make its own. */
  public @Nullable TimeSource timeSource() {
    return timeSource;
  }

  /** Returns the observer of what clients and the server send each other; null by default. */
  @SuppressWarnings("exports")
  public @Nullable TrafficObserver observer() {
    return observer;
  }

  /** Returns what breaks connections and messages on purpose; null by default. */
  @SuppressWarnings("exports")
  public @Nullable FaultInjector faultInjector() {
    return faultInjector;
  }

  /** Returns the faulty disk that JetStream writes to; null, the default, for the real one. */
  @SuppressWarnings("exports")
  public @Nullable FaultyFileSystem diskFaults() {
    return diskFaults;
  }

  /** What a configuration says beyond these options: users, accounts, TLS and the like. */
  public ServerConfig config() {
    return config;
  }

  /** The limits of clients. */
  Limits limits() {
    return new Limits(
        maxPayload,
        maxControlLine,
        maxPending,
        maxConnections,
        maxSubscriptions,
        config.get(Options.MAX_SUBSCRIPTION_TOKENS),
        pingInterval,
        maxPingsOut,
        authTimeout,
        writeDeadline,
        maxClosedClients());
  }

  // As in nats-server, 0 is the default; it fails with a negative number.
  private int maxClosedClients() {
    int count = config.get(Options.MAX_CLOSED_CLIENTS);
    return count > 0 ? count : Options.MAX_CLOSED_CLIENTS.unset();
  }

  /** Makes {@link NatsOptions}. Not thread-safe. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private int port = 4222;
    private @Nullable String serverName;
    private @Nullable Path storeDir;
    private int maxPayload = 1024 * 1024;
    private int maxControlLine = 4096;
    private long maxPending = 64L * 1024 * 1024;
    private int maxConnections = 64 * 1024;
    private int maxSubscriptions;
    private Duration pingInterval = Duration.ofMinutes(2);
    private int maxPingsOut = 2;
    private Duration authTimeout = Duration.ofSeconds(2);
    private Duration writeDeadline = Duration.ofSeconds(10);
    private int eventLoops = Math.max(2, Math.min(4, Runtime.getRuntime().availableProcessors()));
    private @Nullable TimeSource timeSource;
    private @Nullable TrafficObserver observer;
    private @Nullable FaultInjector faultInjector;
    private @Nullable FaultyFileSystem diskFaults;
    private ServerConfig config = new ServerConfig();

    private Builder() {}

    private Builder(NatsOptions from) {
      host = from.host;
      port = from.port;
      serverName = from.serverName;
      storeDir = from.storeDir;
      maxPayload = from.maxPayload;
      maxControlLine = from.maxControlLine;
      maxPending = from.maxPending;
      maxConnections = from.maxConnections;
      maxSubscriptions = from.maxSubscriptions;
      pingInterval = from.pingInterval;
      maxPingsOut = from.maxPingsOut;
      authTimeout = from.authTimeout;
      writeDeadline = from.writeDeadline;
      eventLoops = from.eventLoops;
      timeSource = from.timeSource;
      observer = from.observer;
      faultInjector = from.faultInjector;
      diskFaults = from.diskFaults;
      config = from.config;
    }

    /** See {@link NatsOptions#host()}. */
    public Builder host(String address) {
      host = address;
      return this;
    }

    /** See {@link NatsOptions#port()}; 0 to 65535. */
    public Builder port(int number) {
      port = inRange("port", number, 0, 65_535);
      return this;
    }

    /** See {@link NatsOptions#serverName()}; without white space. */
    public Builder serverName(@Nullable String name) {
      if (name != null && (name.isEmpty() || name.chars().anyMatch(Character::isWhitespace))) {
        throw new IllegalArgumentException(
            "A server name must not be empty nor hold white space: \"" + name + "\"");
      }
      serverName = name;
      return this;
    }

    /** Switches JetStream on, with its data under {@code directory}; null switches it off. */
    public Builder jetStream(@Nullable Path directory) {
      storeDir = directory;
      return this;
    }

    /** See {@link NatsOptions#maxPayload()}; 1 byte to 64 MiB. */
    public Builder maxPayload(int bytes) {
      maxPayload = inRange("max_payload", bytes, 1, 64 * 1024 * 1024);
      return this;
    }

    /** See {@link NatsOptions#maxControlLine()}; 128 bytes to 1 MiB. */
    public Builder maxControlLine(int bytes) {
      maxControlLine = inRange("max_control_line", bytes, 128, 1024 * 1024);
      return this;
    }

    /** See {@link NatsOptions#maxPending()}; at least 1. */
    public Builder maxPending(long bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("max_pending must be positive: " + bytes);
      }
      maxPending = bytes;
      return this;
    }

    /** See {@link NatsOptions#maxConnections()}. */
    public Builder maxConnections(int count) {
      maxConnections = count;
      return this;
    }

    /** See {@link NatsOptions#maxSubscriptions()}. */
    public Builder maxSubscriptions(int count) {
      maxSubscriptions = count;
      return this;
    }

    /** See {@link NatsOptions#pingInterval()}; positive. */
    public Builder pingInterval(Duration interval) {
      pingInterval = positive("ping_interval", interval);
      return this;
    }

    /** See {@link NatsOptions#maxPingsOut()}; at least 1. */
    public Builder maxPingsOut(int count) {
      maxPingsOut = inRange("ping_max", count, 1, Integer.MAX_VALUE);
      return this;
    }

    /** See {@link NatsOptions#authTimeout()}; positive. */
    public Builder authTimeout(Duration timeout) {
      authTimeout = positive("auth_timeout", timeout);
      return this;
    }

    /** See {@link NatsOptions#writeDeadline()}; positive. */
    public Builder writeDeadline(Duration deadline) {
      writeDeadline = positive("write_deadline", deadline);
      return this;
    }

    /** See {@link NatsOptions#eventLoops()}. */
    public Builder eventLoops(int threads) {
      eventLoops = inRange("event loops", threads, 1, 64);
      return this;
    }

    /** See {@link NatsOptions#timeSource()}. */
    public Builder timeSource(@Nullable TimeSource source) {
      timeSource = source;
      return this;
    }

    /** See {@link NatsOptions#observer()}. */
    @SuppressWarnings("exports")
    public Builder observer(@Nullable TrafficObserver listener) {
      observer = listener;
      return this;
    }

    /** See {@link NatsOptions#faultInjector()}. */
    @SuppressWarnings("exports")
    public Builder faultInjector(@Nullable FaultInjector injector) {
      faultInjector = injector;
      return this;
    }

    /** See {@link NatsOptions#diskFaults()}. */
    @SuppressWarnings("exports")
    public Builder diskFaults(@Nullable FaultyFileSystem faults) {
      diskFaults = faults;
      return this;
    }

    /** See {@link NatsOptions#config()}; it is not to be changed afterwards. */
    public Builder config(ServerConfig settings) {
      config = settings;
      return this;
    }

    /** The options as they are set now. */
    public NatsOptions build() {
      return new NatsOptions(this);
    }

    private static int inRange(String what, int value, int least, int most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            what + " must be from " + least + " to " + most + ": " + value);
      }
      return value;
    }

    private static Duration positive(String what, Duration value) {
      if (value.isZero() || value.isNegative()) {
        throw new IllegalArgumentException(what + " must be positive: " + value);
      }
      return value;
    }
  }
}
