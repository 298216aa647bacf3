package dev.hubkit;

import dev.hubkit.fossil.web.FossilServerOptions;
import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.time.TimeSource;
import dev.hubkit.workspace.HubLog;
import dev.hubkit.workspace.SeedProgress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The options of a hub. Immutable. */
public final class HubOptions {
  /** The default port of Fossil. */
  public static final int DEFAULT_FOSSIL_PORT = 8765;

  /** The default port of NATS. */
  public static final int DEFAULT_NATS_PORT = 4222;

  private final String host;
  private final Backend fossil;
  private final Backend nats;
  private final int natsServers;
  private final long electionSeed;
  private final Seed seed;
  private final boolean fresh;
  private final Duration startTimeout;
  private final Duration drainTimeout;
  private final UnaryOperator<NatsOptions.Builder> natsTuning;
  private final UnaryOperator<FossilServerOptions> fossilTuning;
  private final @Nullable TimeSource timeSource;
  private final @Nullable HubLog log;
  private final boolean listed;
  private final @Nullable NatsUpstream upstream;
  private final String domain;
  private final @Nullable FossilUpstream fossilUpstream;
  private final Consumer<SeedProgress> seedListener;

  private HubOptions(Builder builder) {
    host = builder.host;
    fossil = builder.fossil;
    nats = builder.nats;
    natsServers = builder.natsServers;
    electionSeed = builder.electionSeed;
    seed = builder.seed;
    fresh = builder.fresh;
    startTimeout = builder.startTimeout;
    drainTimeout = builder.drainTimeout;
    natsTuning = builder.natsTuning;
    fossilTuning = builder.fossilTuning;
    timeSource = builder.timeSource;
    log = builder.log;
    listed = builder.listed;
    upstream = builder.upstream;
    domain = builder.domain;
    fossilUpstream = builder.fossilUpstream;
    seedListener = builder.seedListener;
  }

  /** Both servers on their fixed ports of the loopback address, seeded from git. */
  public static HubOptions defaults() {
    return builder().build();
  }

  /** Both servers on free ports, seeded with nothing: a hub for a test. */
  public static HubOptions forTests() {
    return builder().fossilPort(0).natsPort(0).seed(Seed.empty()).build();
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these options. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.host = host;
    builder.fossil = fossil;
    builder.nats = nats;
    builder.natsServers = natsServers;
    builder.electionSeed = electionSeed;
    builder.seed = seed;
    builder.fresh = fresh;
    builder.startTimeout = startTimeout;
    builder.drainTimeout = drainTimeout;
    builder.natsTuning = natsTuning;
    builder.fossilTuning = fossilTuning;
    builder.timeSource = timeSource;
    builder.log = log;
    builder.listed = listed;
    builder.upstream = upstream;
    builder.domain = domain;
    builder.fossilUpstream = fossilUpstream;
    builder.seedListener = seedListener;
    return builder;
  }

  /** The address both servers listen on; {@code 127.0.0.1} by default. */
  public String host() {
    return host;
  }

  /** Where Fossil comes from; embedded on port 8765 by default. */
  public Backend fossil() {
    return fossil;
  }

  /** Where NATS comes from; embedded on port 4222 by default. */
  public Backend nats() {
    return nats;
  }

  /**
   * Returns how many NATS servers an embedded NATS consists of; 1 by default. Several make up a
   * cluster ({@link dev.hubkit.nats.NatsCluster}), each on a free port.
   */
  public int natsServers() {
    return natsServers;
  }

  /** Returns the seed of what is left to chance in a cluster, such as elections; 1 by default. */
  public long electionSeed() {
    return electionSeed;
  }

  /** What a new repository starts with; what git tracks by default. */
  public Seed seed() {
    return seed;
  }

  /**
   * Returns whether the start deletes repository and streams of an earlier run; false by default.
   */
  public boolean fresh() {
    return fresh;
  }

  /** How long another process may take to become ready; 30 seconds by default. */
  public Duration startTimeout() {
    return startTimeout;
  }

  /**
   * How long the servers may take to finish their work when they are stopped; 30 seconds by
   * default.
   */
  public Duration drainTimeout() {
    return drainTimeout;
  }

  UnaryOperator<NatsOptions.Builder> natsTuning() {
    return natsTuning;
  }

  UnaryOperator<FossilServerOptions> fossilTuning() {
    return fossilTuning;
  }

  /** The clock and timers of both servers; null when each makes its own. */
  public @Nullable TimeSource timeSource() {
    return timeSource;
  }

  /** Where the hub logs its starts and stops; null for {@code hub.log} in its directory. */
  public @Nullable HubLog log() {
    return log;
  }

  /**
   * Returns whether the user's list of hubs ({@link KnownHubs}) lists the hub; false by default,
   * since a hub in a program or a test concerns only that program.
   */
  public boolean listed() {
    return listed;
  }

  /** The cluster whose leaf node the NATS server is; null, the default, for none. */
  public @Nullable NatsUpstream upstream() {
    return upstream;
  }

  /**
   * The JetStream domain of the NATS server. Empty, the default, for none, but that a hub with an
   * {@linkplain #upstream() upstream} then gets one of its own, which {@code hub status} tells.
   */
  public String domain() {
    return domain;
  }

  /** The repository that the hub's one is kept in sync with; null, the default, for none. */
  public @Nullable FossilUpstream fossilUpstream() {
    return fossilUpstream;
  }

  Consumer<SeedProgress> seedListener() {
    return seedListener;
  }

  /** Makes {@link HubOptions}. Not thread-safe. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private Backend fossil = new Backend.Embedded(DEFAULT_FOSSIL_PORT);
    private Backend nats = new Backend.Embedded(DEFAULT_NATS_PORT);
    private int natsServers = 1;
    private long electionSeed = 1;
    private Seed seed = Seed.gitWorkTree();
    private boolean fresh;
    private Duration startTimeout = Duration.ofSeconds(30);
    private Duration drainTimeout = Duration.ofSeconds(30);
    private UnaryOperator<NatsOptions.Builder> natsTuning = UnaryOperator.identity();
    private UnaryOperator<FossilServerOptions> fossilTuning = UnaryOperator.identity();
    private @Nullable TimeSource timeSource;
    private @Nullable HubLog log;
    private boolean listed;
    private @Nullable NatsUpstream upstream;
    private String domain = "";
    private @Nullable FossilUpstream fossilUpstream;
    private Consumer<SeedProgress> seedListener = progress -> {};

    private Builder() {}

    /** Sets the address or host name that both servers listen on. */
    public Builder host(String address) {
      host = Objects.requireNonNull(address, "address");
      return this;
    }

    /** Serves Fossil on this port; 0 takes a free one. */
    public Builder fossilPort(int port) {
      return fossil(new Backend.Embedded(port));
    }

    /** Serves NATS on this port; 0 takes a free one. */
    public Builder natsPort(int port) {
      return nats(new Backend.Embedded(port));
    }

    /** Sets where Fossil comes from. */
    public Builder fossil(Backend backend) {
      fossil = Objects.requireNonNull(backend, "backend");
      return this;
    }

    /** Sets where NATS comes from. */
    public Builder nats(Backend backend) {
      nats = Objects.requireNonNull(backend, "backend");
      return this;
    }

    /**
     * Sets how many NATS servers an embedded NATS consists of, for tests. With more than one, the
     * port of {@link #nats} does not count, and there are no snapshots.
     *
     * @param servers from 1 to 5
     */
    public Builder natsServers(int servers) {
      if (servers < 1 || servers > NatsCluster.MOST_SERVERS) {
        throw new IllegalArgumentException(
            "A hub has 1 to " + NatsCluster.MOST_SERVERS + " NATS servers, not " + servers);
      }
      natsServers = servers;
      return this;
    }

    /** Sets the seed of what is left to chance in a cluster, such as elections. */
    public Builder electionSeed(long seedOfChances) {
      electionSeed = seedOfChances;
      return this;
    }

    /** Sets what a new repository starts with. */
    public Builder seed(Seed first) {
      seed = Objects.requireNonNull(first, "first");
      return this;
    }

    /** Sets whether the start deletes repository and streams of an earlier run. */
    public Builder fresh(boolean wipe) {
      fresh = wipe;
      return this;
    }

    /** Sets how long another process may take to become ready. */
    public Builder startTimeout(Duration timeout) {
      startTimeout = positive(timeout);
      return this;
    }

    /** Sets how long the servers may take to finish their work when they are stopped. */
    public Builder drainTimeout(Duration timeout) {
      drainTimeout = positive(timeout);
      return this;
    }

    /**
     * Changes options that only NATS has. Several changes apply in the order of the calls. The hub
     * sets address, port, store directory and time source afterwards, so they cannot be changed
     * here.
     */
    public Builder tuneNats(UnaryOperator<NatsOptions.Builder> tuning) {
      UnaryOperator<NatsOptions.Builder> before = natsTuning;
      Objects.requireNonNull(tuning, "tuning");
      natsTuning = options -> tuning.apply(before.apply(options));
      return this;
    }

    /**
     * Changes options that only the Fossil server has. Several changes apply in the order of the
     * calls. The hub sets address and port afterwards, so they cannot be changed here.
     */
    public Builder tuneFossil(UnaryOperator<FossilServerOptions> tuning) {
      UnaryOperator<FossilServerOptions> before = fossilTuning;
      Objects.requireNonNull(tuning, "tuning");
      fossilTuning = options -> tuning.apply(before.apply(options));
      return this;
    }

    /** Sets the clock and timers of both servers; the caller closes it after the hub. */
    public Builder timeSource(@Nullable TimeSource source) {
      timeSource = source;
      return this;
    }

    /** Sets where the hub logs its starts and stops; the caller closes the log after the hub. */
    public Builder log(@Nullable HubLog target) {
      log = target;
      return this;
    }

    /** Sets whether the user's list of hubs lists the hub. */
    public Builder listed(boolean entered) {
      listed = entered;
      return this;
    }

    /**
     * Makes the NATS server a leaf node of a cluster, so that messages pass between the two. The
     * hub starts whether the cluster can be reached or not, and connects for ever again; meanwhile
     * all goes on that needs the hub alone.
     *
     * @param url see {@link NatsUpstream#url()}; null for no upstream
     * @param credentials see {@link NatsUpstream#credentials()}
     * @throws IllegalArgumentException if it is not the URL of a server for leaf nodes
     */
    public Builder upstream(@Nullable String url, @Nullable String credentials) {
      upstream = url == null ? null : new NatsUpstream(url, credentials);
      return this;
    }

    /** {@link #upstream(String, String)} without credentials, or with those in the URL. */
    public Builder upstream(@Nullable String url) {
      return upstream(url, null);
    }

    /**
     * Sets the JetStream domain; see {@link HubOptions#domain()}.
     *
     * @throws IllegalArgumentException if it has a dot, a wildcard or white space
     */
    public Builder domain(String name) {
      if (!name.matches("[^.*>\\s]*")) {
        throw new IllegalArgumentException(
            "Not a JetStream domain (no dots, wildcards and blanks): " + name);
      }
      domain = name;
      return this;
    }

    /**
     * Keeps the repository in sync with another one: at the start, after each push and check-in,
     * and at an interval, always in the background. A repository that does not exist yet begins
     * empty, whatever the seed is, and becomes one of the other's project at the first contact.
     * After a failure the hub tries again for ever; meanwhile clients push to it as ever.
     *
     * @param url see {@link FossilUpstream#url()}; null for none
     * @param interval see {@link FossilUpstream#interval()}
     * @throws IllegalArgumentException if it is not the URL of a Fossil server, or the interval is
     *     not positive
     */
    public Builder fossilUpstream(@Nullable String url, Duration interval) {
      fossilUpstream = url == null ? null : new FossilUpstream(url, interval);
      return this;
    }

    /** {@link #fossilUpstream(String, Duration)} with an interval of a minute. */
    public Builder fossilUpstream(@Nullable String url) {
      return fossilUpstream(url, FossilUpstream.DEFAULT_INTERVAL);
    }

    /**
     * Sets what receives the progress of seeding a new repository when that takes more than a
     * moment; called on any thread.
     */
    public Builder onSeeding(Consumer<SeedProgress> listener) {
      seedListener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /** Builds the options. */
    public HubOptions build() {
      return new HubOptions(this);
    }

    private static Duration positive(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("Not a positive time: " + timeout);
      }
      return timeout;
    }
  }
}
