package dev.hubkit.nats;

import dev.hubkit.nats.config.ClusterConfig;
import dev.hubkit.nats.config.JetStreamConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.cluster.JetStreamCluster;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.cluster.PlacementRules;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.time.SkewedTimeSource;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Several servers of this JVM in one cluster, called {@code n1}, {@code n2} and so on, with ports
 * of their own, routes between them, and one clock, from which that of each server can differ. Each
 * can be stopped, killed and started again alone; it keeps its ports.
 *
 * <p>Where the options have JetStream, each server keeps its part of the streams in a directory of
 * its own, which has its name, below the directory of the options.
 *
 * <p>For tests: the servers replicate nothing to servers of other processes.
 *
 * <p>Thread-safe; what starts and stops servers is done one at a time.
 */
public final class NatsCluster implements AutoCloseable {
  /** How many servers a cluster can have. */
  public static final int MOST_SERVERS = 5;

  private static final String NAME = "hub";
  private static final long DEFAULT_SEED = 1;
  private static final Duration ROUTES_PATIENCE = Duration.ofSeconds(20);
  // Clients may keep routes busy.
  private static final Duration QUIET_PATIENCE = Duration.ofSeconds(1);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(60);

  private final NatsOptions options;
  private final Function<String, List<String>> tags;
  private final TimeSource time;
  private final @Nullable SystemTimeSource ownTime;
  // All guarded by this object's monitor. Who was started first comes first.
  private final Map<String, NatsServer> running = new LinkedHashMap<>();
  private final Map<String, HeldPorts> ports = new LinkedHashMap<>();
  private final Map<String, SkewedTimeSource> clocks = new HashMap<>();
  // For each server those that it has no link to.
  private final Map<String, Set<String>> cut = new HashMap<>();
  private final ClusterLinks links = new ClusterLinks();
  // So that a client has one number in the whole cluster.
  private final AtomicLong clientIds = new AtomicLong();
  private boolean closed;
  private final @Nullable JetStreamCluster jetStream;

  private NatsCluster(
      NatsOptions options, int servers, long seed, Function<String, List<String>> tags) {
    this.options = options;
    this.tags = tags;
    TimeSource given = options.timeSource();
    if (given == null) {
      SystemTimeSource own = new SystemTimeSource("nats-cluster-timer");
      this.ownTime = own;
      this.time = own;
    } else {
      this.ownTime = null;
      this.time = given;
    }
    SortedSet<String> names = new TreeSet<>();
    for (int i = 1; i <= servers; i++) {
      names.add("n" + i);
    }
    this.jetStream =
        options.storeDir() == null
            ? null
            : new JetStreamCluster(
                cluster(0).name(), names, seed, JetStreamCluster.ELECTIONS, time);
  }

  /**
   * Starts a cluster. When this returns, each server has routes to all others, and tells clients of
   * them.
   *
   * @param servers how many, from 1 to {@value #MOST_SERVERS}
   * @param options for all of them, except for names, ports and routes; the name of the cluster is
   *     {@value #NAME} where they give it none
   * @throws NatsException if a server can't be started; then none is left
   */
  public static NatsCluster start(int servers, NatsOptions options) {
    return start(servers, options, DEFAULT_SEED);
  }

  /**
   * {@link #start(int, NatsOptions)} with the seed of all that is left to chance: who is elected,
   * and which servers get a stream. The same seed and the same history have the same result.
   */
  public static NatsCluster start(int servers, NatsOptions options, long seed) {
    return start(servers, options, seed, name -> List.of());
  }

  /**
   * {@link #start(int, NatsOptions, long)} with servers that have tags of their own, by which
   * streams choose where they are placed.
   *
   * @param tags returns the tags of a server beside those of the options ({@code server_tags})
   */
  public static NatsCluster start(
      int servers, NatsOptions options, long seed, Function<String, List<String>> tags) {
    if (servers < 1 || servers > MOST_SERVERS) {
      throw new IllegalArgumentException(
          "A cluster has 1 to " + MOST_SERVERS + " servers, not " + servers);
    }
    NatsCluster cluster = new NatsCluster(options, servers, seed, tags);
    boolean done = false;
    try {
      cluster.startAll(servers);
      done = true;
      return cluster;
    } finally {
      if (!done) {
        cluster.close();
      }
    }
  }

  private synchronized void startAll(int servers) {
    for (int i = 1; i <= servers; i++) {
      begin("n" + i);
    }
    awaitRoutes();
    if (jetStream != null) {
      jetStream.begin();
    }
  }

  private void begin(String name) {
    HeldPorts held =
        ports.computeIfAbsent(name, added -> HeldPorts.take(options.host(), clusterHost()));
    ServerConfig config = options.config().copy();
    config.set(Options.CLUSTER, cluster(held.routePort()));
    List<String> ownTags = new ArrayList<>(config.get(Options.TAGS));
    ownTags.addAll(tags.apply(name));
    config.set(Options.TAGS, ownTags);
    NatsOptions.Builder own =
        options.toBuilder()
            .config(config)
            .serverName(name)
            .port(held.clientPort())
            .timeSource(clock(name))
            .clientIds(clientIds);
    JetStreamConfig settings = config.get(Options.JETSTREAM_SETTINGS);
    PlacementRules rules = new PlacementRules(settings.uniqueTag(), settings.maxHaAssets());
    JetStreamPeer peer =
        jetStream == null
            ? null
            : jetStream.join(name, config.get(Options.TAGS), rules, clock(name));
    Path directory = options.storeDir();
    if (peer != null && directory != null) {
      if (jetStream != null && jetStream.removed().contains(name)) {
        // Nothing that it has is assigned to it any more; nats-server deletes it later.
        erase(directory.resolve(name), name);
      }
      // Of its own, so that a server that is killed writes nothing more, and the others do.
      own.jetStream(directory.resolve(name)).jetStreamPeer(peer).diskFaults(new FaultyFileSystem());
    }
    NatsOptions complete = own.build();
    NatsServer server = held.start(() -> NatsServer.start(complete));
    running.put(name, server);
    // Those at the other ends of cut links refuse it in the meantime.
    server.cutOff(cutFrom(name));
    server.link(links.from(name, ports.keySet()));
    if (peer != null) {
      peer.start();
    }
  }

  private SkewedTimeSource clock(String name) {
    return clocks.computeIfAbsent(name, added -> new SkewedTimeSource(time));
  }

  private String clusterHost() {
    String given = options.config().get(Options.CLUSTER).host();
    return given.isEmpty() ? options.host() : given;
  }

  private ClusterConfig cluster(int port) {
    ClusterConfig given = options.config().get(Options.CLUSTER);
    String login = given.user().isEmpty() ? "" : given.user() + ":" + given.password() + "@";
    List<URI> routes = new ArrayList<>();
    ports.values().stream()
        .filter(each -> each.routePort() != port)
        .forEach(
            each ->
                routes.add(
                    URI.create(
                        "nats-route://" + login + new HostPort(clusterHost(), each.routePort()))));
    return given
        .withIdentity(
            given.name().isEmpty() ? NAME : given.name(),
            "",
            given.noAdvertise(),
            given.connectRetries())
        .withListener(clusterHost(), port, given.user(), given.password())
        .withRoutes(routes);
  }

  private Set<String> cutFrom(String name) {
    return cut.getOrDefault(name, Set.of());
  }

  private void awaitRoutes() {
    try {
      for (NatsServer server : running.values()) {
        Set<String> others = new TreeSet<>(running.keySet());
        others.remove(server.name());
        others.removeAll(cutFrom(server.name()));
        if (!server.awaitRoutes(others.size(), ROUTES_PATIENCE)) {
          throw new NatsException(
              "Server " + server.name() + " does not have its routes to " + others);
        }
      }
      // Twice: what one has sent, another may not have taken before it was looked at.
      for (int i = 0; i < 2; i++) {
        for (NatsServer server : running.values()) {
          server.awaitRoutesQuiet(QUIET_PATIENCE);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NatsException("Interrupted while servers of a cluster connected", e);
    }
  }

  /** Returns the name of the cluster. */
  public synchronized String name() {
    return cluster(0).name();
  }

  /**
   * Returns the server that leads the cluster, which places streams and consumers; empty while
   * there is none, and without JetStream.
   */
  public Optional<String> metaLeader() {
    return Optional.ofNullable(jetStream == null ? null : jetStream.leader());
  }

  /** Returns JetStream of all servers; null where the options have none. */
  @Nullable JetStreamCluster jetStream() {
    return jetStream;
  }

  /** Returns the clock of all servers, as it is where none is {@linkplain #skewClock skewed}. */
  public TimeSource time() {
    return time;
  }

  /** Returns the servers that run now; those that were started first come first. */
  public synchronized List<NatsServer> servers() {
    return List.copyOf(running.values());
  }

  /** Returns the names of all servers, whether they run or not. */
  public synchronized List<String> names() {
    return List.copyOf(ports.keySet());
  }

  /** Returns where clients connect to each server, whether it runs or not. */
  public synchronized List<String> clientUrls() {
    return names().stream().map(this::clientUrl).toList();
  }

  /** Returns where clients connect to a server of the cluster, whether it runs or not. */
  public synchronized String clientUrl(String name) {
    HeldPorts held = ports.get(name);
    if (held == null) {
      throw unknown(name);
    }
    return "nats://" + new HostPort(options.host(), held.clientPort());
  }

  private IllegalStateException unknown(String name) {
    return new IllegalStateException(
        "The cluster has no server " + name + ", but " + ports.keySet());
  }

  /** Returns whether a server runs, even if it stands still. */
  public synchronized boolean isRunning(String name) {
    return running.containsKey(name);
  }

  /**
   * Returns a server that runs.
   *
   * @throws IllegalStateException if no server of that name does
   */
  public synchronized NatsServer server(String name) {
    NatsServer server = running.get(name);
    if (server == null) {
      throw new IllegalStateException(
          "No server " + name + " runs; those that do are " + running.keySet());
    }
    return server;
  }

  /**
   * Stops a server in order. Returns when it has ended.
   *
   * @throws IllegalStateException if no server of that name runs
   */
  public synchronized void stop(String name) {
    NatsServer server = server(name);
    running.remove(name);
    resume(name);
    server.close();
  }

  /**
   * Ends a server as a process does that is killed: its clients see their connections reset.
   *
   * @throws IllegalStateException if no server of that name runs
   */
  public synchronized void kill(String name) {
    NatsServer server = server(name);
    running.remove(name);
    resume(name);
    server.leaveCluster();
    try {
      server.crash(false);
    } catch (IOException e) {
      throw new NatsException("Killing server " + name + " failed: " + e.getMessage(), e);
    }
  }

  /**
   * Removes all that a server has stored, as when its disk is lost: when it is {@linkplain #restart
   * started} again, it gets from the others what they have, and what it alone had is gone. A server
   * that runs is {@linkplain #kill killed} before.
   *
   * @throws IllegalStateException if there is no server of that name, or the cluster stores nothing
   * @throws NatsException if its files can't be removed
   */
  public synchronized void loseDisk(String name) {
    clientUrl(name);
    Path directory = options.storeDir();
    if (jetStream == null || directory == null) {
      throw new IllegalStateException("The servers of the cluster have no JetStream, so no disks");
    }
    if (isRunning(name)) {
      kill(name);
    }
    jetStream.loseDisk(name);
    erase(directory.resolve(name), name);
  }

  private static void erase(Path directory, String name) {
    try {
      new FaultyFileSystem().lose(directory);
    } catch (IOException e) {
      throw new NatsException(
          "Files of server " + name + " can't be removed: " + e.getMessage(), e);
    }
  }

  /**
   * Has the clock of a server be ahead of the cluster's from now on, also after it is started
   * again. That concerns what it stamps and compares with the time of the day: the times of
   * messages that it takes as a leader, their ages, duplicate windows, schedules, pauses, deadlines
   * of acknowledgements. Timers that run, and elections, go on as they are, as those of a process
   * do when the clock of its machine is set.
   *
   * @param ahead by how much; negative where it is behind, zero for the time of the cluster
   * @throws IllegalStateException if there is no server of that name
   */
  public synchronized void skewClock(String name, Duration ahead) {
    clientUrl(name);
    clock(name).skew(ahead);
  }

  /** Returns by how much the clock of a server is ahead of the cluster's; negative for behind. */
  public synchronized Duration clockSkew(String name) {
    clientUrl(name);
    return clock(name).skew();
  }

  /**
   * Cuts all links between servers of one side and servers of the other, also of those that are
   * started again later. Returns when the routes between them have ended.
   *
   * @throws IllegalArgumentException if a server is on both sides
   */
  public synchronized void partition(Set<String> side, Set<String> other) {
    for (String one : side) {
      if (other.contains(one)) {
        throw new IllegalArgumentException("Server " + one + " can't be cut off from itself");
      }
      for (String each : other) {
        cut.computeIfAbsent(one, key -> new TreeSet<>()).add(each);
        cut.computeIfAbsent(each, key -> new TreeSet<>()).add(one);
        if (jetStream != null) {
          jetStream.links().cut(one, each);
          jetStream.links().cut(each, one);
        }
      }
    }
    running.values().forEach(server -> server.cutOff(cutFrom(server.name())));
    awaitRoutes();
  }

  /**
   * Has a server stand still, as a process does that is paused: what it sends to other servers and
   * what they send to it waits. Its clients are not concerned; a {@link
   * dev.hubkit.nats.net.FaultInjector} can have them wait, too.
   *
   * @throws IllegalStateException if no server of that name runs
   */
  public synchronized void pause(String name) {
    server(name);
    links.pause(name, true);
    applyLinks();
    if (jetStream != null) {
      jetStream.links().pause(name);
    }
  }

  /** Lets a server go on that stands still. */
  public synchronized void resume(String name) {
    links.pause(name, false);
    applyLinks();
    if (jetStream != null) {
      jetStream.links().resume(name);
    }
  }

  /** Returns whether a server stands still. */
  public synchronized boolean isPaused(String name) {
    return links.isPaused(name);
  }

  /**
   * Has what a server sends to another arrive so much later from now on.
   *
   * @param delay in the time of the cluster; zero for no delay
   * @throws IllegalArgumentException if it is negative
   */
  public synchronized void delay(String from, String to, Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("Nothing can arrive before it was sent: " + delay);
    }
    requireLink(from, to);
    links.delay(from, to, delay.toNanos());
    applyLinks();
    if (jetStream != null) {
      jetStream.links().delay(from, to, delay.toNanos());
    }
  }

  /**
   * Cuts the link from one server to another, but not the other way: what is sent there waits until
   * {@link #heal()}.
   */
  public synchronized void cut(String from, String to) {
    requireLink(from, to);
    links.cut(from, to);
    applyLinks();
    if (jetStream != null) {
      jetStream.links().cut(from, to);
    }
  }

  private void requireLink(String from, String to) {
    clientUrl(from);
    clientUrl(to);
    if (from.equals(to)) {
      throw new IllegalArgumentException("A server has no link to itself: " + from);
    }
  }

  private void applyLinks() {
    running.forEach((name, server) -> server.link(links.from(name, ports.keySet())));
  }

  /**
   * Makes all links whole again and as quick as they can be. Returns when all servers that run have
   * routes to each other.
   */
  public synchronized void heal() {
    cut.clear();
    links.heal();
    applyLinks();
    // First all, so that none is refused by one that does not know yet.
    running.values().forEach(server -> server.cutOff(Set.of()));
    running.values().forEach(NatsServer::reconnectRoutes);
    awaitRoutes();
    if (jetStream != null) {
      jetStream.links().heal();
      names().forEach(this::quickenLinksFrom);
    }
  }

  private void quickenLinksFrom(String name) {
    if (jetStream != null) {
      for (String other : names()) {
        if (!other.equals(name)) {
          jetStream.links().delay(name, other, 0);
        }
      }
    }
  }

  /**
   * Starts a server again that was stopped or killed, where it listened before, and waits until it
   * has routes to all others that run and whose links are whole.
   *
   * @throws IllegalStateException if there was none of that name, it runs, or the cluster is closed
   * @throws NatsException if it can't be started
   */
  public synchronized NatsServer restart(String name) {
    if (closed || running.containsKey(name) || !ports.containsKey(name)) {
      throw new IllegalStateException(
          "No server "
              + name
              + " was stopped; those that run are "
              + running.keySet()
              + " of "
              + ports.keySet());
    }
    begin(name);
    awaitRoutes();
    NatsServer server = server(name);
    server.awaitPlaced(ROUTES_PATIENCE);
    return server;
  }

  /**
   * Starts all servers again that were stopped or killed, or that clients have removed from the
   * cluster, of which they are members then; those that stand still go on.
   */
  public synchronized void restartAll() {
    names().forEach(this::resume);
    Set<String> removed = jetStream == null ? Set.of() : jetStream.removed();
    removed.stream().filter(running::containsKey).forEach(this::stop);
    List<String> down = names().stream().filter(name -> !running.containsKey(name)).toList();
    down.forEach(this::begin);
    awaitRoutes();
    if (jetStream != null) {
      jetStream.readmit();
    }
    down.forEach(name -> server(name).awaitPlaced(ROUTES_PATIENCE));
  }

  /** Stops all servers, at the same time. Safe to call more than once. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      List<Thread> closing = new ArrayList<>();
      running.forEach(
          (name, server) -> closing.add(new Thread(server::close, "nats-cluster-close-" + name)));
      running.clear();
      closing.forEach(Thread::start);
      awaitEnd(closing);
      if (jetStream != null) {
        jetStream.close();
      }
      ports.values().forEach(HeldPorts::close);
      if (ownTime != null) {
        ownTime.close();
      }
    }
  }

  // Each server has bounds of its own, which are shorter.
  private static void awaitEnd(List<Thread> closing) {
    try {
      for (Thread each : closing) {
        each.join(CLOSE_PATIENCE.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
