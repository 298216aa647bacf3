package dev.hubkit.nats;

import dev.hubkit.nats.config.ConfigException;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.JetStreamConfig;
import dev.hubkit.nats.config.LeafNodesSetup;
import dev.hubkit.nats.config.Option;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.config.StreamObserver;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.net.FaultInjector;
import dev.hubkit.nats.net.Limits;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.security.LoginTimeout;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link NatsServer} is started with: a configuration, and what no configuration can say.
 * Immutable; made by {@link #builder()}, whose defaults are those of nats-server, but that the
 * server listens on the loopback address only.
 *
 * <p>Every method that names an option reads it from {@link #config()}, and every method of the
 * builder that does writes it there.
 */
public final class NatsOptions {
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private final ServerConfig config;
  private final int eventLoops;
  private final @Nullable TimeSource timeSource;
  private final @Nullable TrafficObserver observer;
  private final @Nullable StreamObserver streamObserver;
  private final @Nullable FaultInjector faultInjector;
  private final @Nullable FaultyFileSystem diskFaults;
  private final @Nullable EmbeddedService embeddedService;
  private final @Nullable JetStreamPeer jetStreamPeer;
  private final @Nullable AtomicLong clientIds;

  private NatsOptions(Builder from) {
    config = from.config.frozen();
    eventLoops = from.eventLoops;
    timeSource = from.timeSource;
    observer = from.observer;
    streamObserver = from.streamObserver;
    faultInjector = from.faultInjector;
    diskFaults = from.diskFaults;
    embeddedService = from.embeddedService;
    jetStreamPeer = from.jetStreamPeer;
    clientIds = from.clientIds;
  }

  /**
   * The options of a configuration, as {@code nats-server} would be started with it.
   *
   * @throws ConfigException if the server would refuse to start with it
   * @throws NatsException if a value is one that nats-server takes and this server cannot work with
   */
  public static NatsOptions of(ServerConfig config) {
    ConfigFile.validate(config);
    try {
      return builder().config(config).build();
    } catch (IllegalArgumentException e) {
      throw new NatsException(String.valueOf(e.getMessage()), e);
    }
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
    return config.get(Options.HOST);
  }

  /** TCP port; 0 takes a free one, 4222 by default. */
  public int port() {
    return config.get(Options.PORT);
  }

  /** The server's name as clients see it; null takes the server's id. */
  public @Nullable String serverName() {
    String name = config.get(Options.SERVER_NAME);
    return name.isEmpty() ? null : name;
  }

  /**
   * Returns the releases of nats-server that the server behaves like: in the version that it tells,
   * and in what it takes and refuses. {@link Compatibility#current()} by default.
   */
  public Compatibility compatibility() {
    return config.get(Options.COMPATIBILITY);
  }

  /**
   * Returns whether this server alone takes streams and consumers of up to five replicas, which
   * nats-server refuses without a cluster (error 10074). It keeps one copy of each, and the
   * information about them names other servers, which do not exist, as replicas that are up to
   * date. False by default; for tests of code that creates such streams in production.
   */
  public boolean acceptsReplicas() {
    return config.get(Options.ACCEPT_REPLICAS);
  }

  /** Where JetStream keeps its data; null leaves JetStream off. */
  public @Nullable Path storeDir() {
    if (!config.get(Options.JETSTREAM)) {
      return null;
    }
    String directory = config.get(Options.STORE_DIR);
    return directory.isEmpty()
        ? Path.of(System.getProperty("java.io.tmpdir"), "nats")
        : Path.of(directory);
  }

  /** Largest payload, headers included, in bytes; 1 MiB by default. */
  public int maxPayload() {
    return config.get(Options.MAX_PAYLOAD);
  }

  /** Longest protocol line in bytes; 4096 by default. */
  public int maxControlLine() {
    return config.get(Options.MAX_CONTROL_LINE);
  }

  /** Bytes that may wait for one client before it is cut as a slow consumer; 64 MiB by default. */
  public long maxPending() {
    return config.get(Options.MAX_PENDING);
  }

  /** Most clients at once; 65536 by default, 0 or less for no limit. */
  public int maxConnections() {
    return config.get(Options.MAX_CONNECTIONS);
  }

  /** Most subscriptions of one client; 0, the default, for no limit. */
  public int maxSubscriptions() {
    return config.get(Options.MAX_SUBSCRIPTIONS);
  }

  /** How often a silent client is pinged; 2 minutes by default. */
  public Duration pingInterval() {
    return positive(config.get(Options.PING_INTERVAL));
  }

  // What is negative in a file is over at once.
  private static Duration positive(long nanos) {
    return nanos < 0 ? SHORTEST : Duration.ofNanos(nanos);
  }

  /** Unanswered pings after which the next one closes the connection instead; 2 by default. */
  public int maxPingsOut() {
    return config.get(Options.MAX_PINGS_OUT);
  }

  /**
   * How long a client that must authenticate may take; by default 2 seconds, or a second more than
   * a TLS handshake may take.
   */
  public Duration authTimeout() {
    return LoginTimeout.of(config);
  }

  /** How long a client may take nothing of what waits for it; 10 seconds by default. */
  public Duration writeDeadline() {
    return positive(config.get(Options.WRITE_DEADLINE));
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

  /** Returns the observer of what streams store and remove; null by default. */
  @SuppressWarnings("exports")
  public @Nullable StreamObserver streamObserver() {
    return streamObserver;
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

  /** Returns the service that answers requests within the server; null by default. */
  @SuppressWarnings("exports")
  public @Nullable EmbeddedService embeddedService() {
    return embeddedService;
  }

  /** Returns the server's part of a cluster in this JVM whose streams are replicated, if any. */
  @Nullable JetStreamPeer jetStreamPeer() {
    return jetStreamPeer;
  }

  /** Returns the last id that a client got, of all servers that share it. */
  AtomicLong lastClientId() {
    return clientIds == null ? new AtomicLong() : clientIds;
  }

  /**
   * All options that a configuration file can have: those that this class names, and users,
   * accounts, TLS and the like. It cannot be changed; its {@link ServerConfig#copy()} can.
   */
  public ServerConfig config() {
    return config;
  }

  /** The limits of clients. */
  Limits limits() {
    return new Limits(
        maxPayload(),
        maxControlLine(),
        maxPending(),
        maxConnections(),
        maxSubscriptions(),
        config.get(Options.MAX_SUBSCRIPTION_TOKENS),
        pingInterval(),
        config
            .get(Options.WEBSOCKET)
            .filter(webSocket -> webSocket.pingIntervalNanos() > 0)
            .map(webSocket -> Duration.ofNanos(webSocket.pingIntervalNanos()))
            .orElse(pingInterval()),
        maxPingsOut(),
        authTimeout(),
        writeDeadline(),
        config.get(Options.WRITE_TIMEOUT).equals("retry"),
        !config.get(Options.NO_FAST_PRODUCER_STALL),
        maxClosedClients());
  }

  // As in nats-server, 0 is the default; it fails with a negative number.
  private int maxClosedClients() {
    int count = config.get(Options.MAX_CLOSED_CLIENTS);
    return count > 0 ? count : Options.MAX_CLOSED_CLIENTS.unset();
  }

  /** Makes {@link NatsOptions}. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_EVENT_LOOPS = 64;

    private ServerConfig config = new ServerConfig();
    private int eventLoops = Math.max(2, Math.min(4, Runtime.getRuntime().availableProcessors()));
    private @Nullable TimeSource timeSource;
    private @Nullable TrafficObserver observer;
    private @Nullable StreamObserver streamObserver;
    private @Nullable FaultInjector faultInjector;
    private @Nullable FaultyFileSystem diskFaults;
    private @Nullable EmbeddedService embeddedService;
    private @Nullable JetStreamPeer jetStreamPeer;
    private @Nullable AtomicLong clientIds;

    private Builder() {}

    private Builder(NatsOptions from) {
      config = from.config.copy();
      eventLoops = from.eventLoops;
      timeSource = from.timeSource;
      observer = from.observer;
      streamObserver = from.streamObserver;
      faultInjector = from.faultInjector;
      diskFaults = from.diskFaults;
      embeddedService = from.embeddedService;
      jetStreamPeer = from.jetStreamPeer;
      clientIds = from.clientIds;
    }

    private <T> Builder set(Option<T> option, T value) {
      OptionBounds.check(option, value);
      config.set(option, value);
      return this;
    }

    /** See {@link NatsOptions#host()}. */
    public Builder host(String address) {
      return set(Options.HOST, address);
    }

    /** See {@link NatsOptions#port()}; 0 to 65535. */
    public Builder port(int number) {
      return set(Options.PORT, number);
    }

    /** See {@link NatsOptions#serverName()}; without spaces. */
    public Builder serverName(@Nullable String name) {
      if (name == null) {
        config.clear(Options.SERVER_NAME);
        return this;
      }
      if (name.isEmpty()) {
        throw new IllegalArgumentException(OptionBounds.notAName(name));
      }
      return set(Options.SERVER_NAME, name);
    }

    /** See {@link NatsOptions#compatibility()}. */
    public Builder compatibility(Compatibility releases) {
      return set(Options.COMPATIBILITY, releases);
    }

    /** See {@link NatsOptions#acceptsReplicas()}. */
    public Builder acceptReplicas(boolean accept) {
      return set(Options.ACCEPT_REPLICAS, accept);
    }

    /** Switches JetStream on, with its data under {@code directory}; null switches it off. */
    public Builder jetStream(@Nullable Path directory) {
      config.set(Options.JETSTREAM, directory != null);
      if (directory == null) {
        config.clear(Options.STORE_DIR);
      } else {
        config.set(Options.STORE_DIR, directory.toString());
      }
      return this;
    }

    /**
     * Sets the domain of JetStream, which tells it apart from those of hubs and leaf nodes; empty,
     * the default, for none. A name without {@code .}, {@code *}, {@code >} and white space.
     */
    public Builder domain(String name) {
      JetStreamConfig.setDomain(config, name);
      return this;
    }

    /**
     * Lets leaf nodes connect, unless the configuration does so already; they log in as clients do.
     *
     * @param host the address to listen on
     * @param port 0 takes a free one, see {@link NatsServer#leafNodePort()}
     */
    public Builder acceptLeafNodes(String host, int port) {
      LeafNodesSetup.accept(config, host, port == 0 ? -1 : port);
      return this;
    }

    /**
     * Makes the server a leaf node of one more hub, in addition to the {@code remotes} of its
     * configuration.
     *
     * @param urls the servers of one cluster, as {@code nats-leaf://host:7422}, with {@code
     *     user:password@} or {@code token@} where they want that; {@code tls://} for a connection
     *     that has to be secured
     * @param credentials the credentials file of the user to log in as; null for none
     * @throws ConfigException if the server can't connect there
     */
    public Builder leafOf(List<String> urls, @Nullable Path credentials) {
      LeafNodesSetup.add(config, urls, credentials == null ? "" : credentials.toString());
      return this;
    }

    /**
     * See {@link NatsOptions#maxPayload()}; 1 byte or more, or a negative number for what the
     * protocol can announce, 999,999,999 bytes. A payload takes memory as it arrives.
     */
    public Builder maxPayload(int bytes) {
      return set(Options.MAX_PAYLOAD, bytes);
    }

    /** See {@link NatsOptions#maxControlLine()}; 128 bytes to 1 MiB. */
    public Builder maxControlLine(int bytes) {
      return set(Options.MAX_CONTROL_LINE, bytes);
    }

    /** See {@link NatsOptions#maxPending()}; at least 1. */
    public Builder maxPending(long bytes) {
      return set(Options.MAX_PENDING, bytes);
    }

    /** See {@link NatsOptions#maxConnections()}. */
    public Builder maxConnections(int count) {
      return set(Options.MAX_CONNECTIONS, count);
    }

    /** See {@link NatsOptions#maxSubscriptions()}. */
    public Builder maxSubscriptions(int count) {
      return set(Options.MAX_SUBSCRIPTIONS, count);
    }

    /** See {@link NatsOptions#pingInterval()}; positive. */
    public Builder pingInterval(Duration interval) {
      return set(Options.PING_INTERVAL, Nanos.of(interval));
    }

    /** See {@link NatsOptions#maxPingsOut()}; at least 1. */
    public Builder maxPingsOut(int count) {
      return set(Options.MAX_PINGS_OUT, count);
    }

    /** See {@link NatsOptions#authTimeout()}; positive. */
    public Builder authTimeout(Duration timeout) {
      if (timeout.isZero() || timeout.isNegative()) {
        throw new IllegalArgumentException("auth_timeout must be positive: " + timeout);
      }
      return set(Options.AUTH_TIMEOUT, LoginTimeout.seconds(timeout));
    }

    /** See {@link NatsOptions#writeDeadline()}; positive. */
    public Builder writeDeadline(Duration deadline) {
      return set(Options.WRITE_DEADLINE, Nanos.of(deadline));
    }

    /** See {@link NatsOptions#eventLoops()}. */
    public Builder eventLoops(int threads) {
      if (threads < 1 || threads > MAX_EVENT_LOOPS) {
        throw new IllegalArgumentException(
            OptionBounds.outside("event loops", 1, MAX_EVENT_LOOPS, threads));
      }
      eventLoops = threads;
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

    /** See {@link NatsOptions#streamObserver()}. */
    @SuppressWarnings("exports")
    public Builder streamObserver(@Nullable StreamObserver listener) {
      streamObserver = listener;
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

    /** Has several servers give each client an id of its own; null for ids of the server's own. */
    Builder clientIds(@Nullable AtomicLong last) {
      clientIds = last;
      return this;
    }

    /** See {@link NatsOptions#embeddedService()}. */
    public Builder embeddedService(@Nullable EmbeddedService service) {
      embeddedService = service;
      return this;
    }

    Builder jetStreamPeer(JetStreamPeer peer) {
      jetStreamPeer = peer;
      return this;
    }

    /**
     * Puts a configuration in the place of every option set so far, the port and the host among
     * them; what is set afterwards is set on top. See {@link NatsOptions#config()}.
     */
    public Builder config(ServerConfig settings) {
      config = settings.copy();
      return this;
    }

    /**
     * The options as they are set now.
     *
     * @throws IllegalArgumentException if the configuration has a value that the builder would not
     *     have taken
     */
    public NatsOptions build() {
      OptionBounds.check(config);
      return new NatsOptions(this);
    }
  }
}
