package dev.hubkit.nats;

import dev.hubkit.json.JsonObject;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import dev.hubkit.nats.leaf.Leaf;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.leaf.LeafRemoteState;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.ConnectedClients;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.Listener;
import dev.hubkit.nats.net.Pipe;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.route.Route;
import dev.hubkit.nats.route.RouteCondition;
import dev.hubkit.nats.system.ServerControl;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Health;
import dev.hubkit.work.Shutdown;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A NATS server in this JVM.
 *
 * <p>Thread-safe. Nothing is left of it after {@link #close()}: no thread, no port, no timer.
 */
public final class NatsServer implements AutoCloseable {
  /** The account of clients that belong to no other, as in nats-server. */
  public static final String GLOBAL_ACCOUNT = "$G";

  /** The account of the server itself, unless its configuration names another. */
  public static final String SYSTEM_ACCOUNT = "$SYS";

  private static final Log log = Log.of(NatsServer.class);

  /**
   * The release of nats-server whose behaviour this one has unless its options say otherwise; see
   * {@link NatsOptions#compatibility()}. Clients switch features on by the version that INFO tells.
   */
  public static final String VERSION = Compatibility.current().version();

  private static final Duration TABLE_PATIENCE = Duration.ofSeconds(1);

  // How long sockets that are ready may take to be served.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Supplier<NatsOptions> options;
  private final TimeSource time;
  private final int port;
  private final Health health;
  private final ServerAccounts accounts;
  private final AccountPorts accountPorts;
  private final @Nullable JetStreamServer jetStreams;
  private final EventLoops loops;
  private final Clients clients;
  private final Listener listener;
  private final @Nullable WebSocketPort webSocket;
  private final @Nullable Cluster cluster;
  private final LeafNodes leafNodes;
  private final Monitors monitors;
  private final Reload reload;
  private final LameDuck lameDuck;
  private final IdleWait idleWait;
  private final ServerClosing closing;

  private NatsServer(ServerAssembly parts, Listener listener) {
    this.options = parts.options;
    this.time = parts.time;
    this.port = parts.port;
    this.health = parts.health;
    this.accounts = parts.accounts;
    this.accountPorts = parts.accountPorts;
    this.jetStreams = parts.jetStreams;
    this.loops = parts.loops;
    this.clients = parts.clients;
    this.listener = listener;
    this.webSocket = parts.webSocket;
    this.cluster = parts.cluster;
    this.leafNodes = parts.leafNodes;
    this.monitors = parts.monitors;
    this.reload = parts.reload;
    this.lameDuck = parts.lameDuck;
    this.idleWait = parts.idleWait;
    this.closing = parts.closing;
  }

  /**
   * Starts a server; it accepts connections when this returns, and none before its streams are
   * there and its other ports answer.
   *
   * @throws NatsException if the address can't be listened on, for one because the port is in use;
   *     nobody has been accepted then
   */
  public static NatsServer start(NatsOptions options) {
    return start(options, StartListener.NONE);
  }

  /**
   * Starts a server, and lets clients in only when {@link StartListener#ready} has returned; see
   * {@link #start(NatsOptions)}.
   *
   * @param listener hears how the start goes on; what it throws ends the server before anybody
   *     could connect, and is thrown here
   */
  public static NatsServer start(NatsOptions options, StartListener listener) {
    options.config().omissions().forEach(log::warn);
    NamedServer identity = NamedServer.of(options);
    StartLog startLog = new StartLog(listener, options);
    startLog.named(identity);
    ListenAddress address = new ListenAddress(options.host(), options.port());
    try (ReservedPort reserved = address.reserve(address::refused)) {
      Shutdown shutdown = new Shutdown("nats-" + reserved.number());
      try {
        ServerAssembly parts =
            new ServerAssembly(options, identity, startLog, reserved.number(), shutdown);
        listener.ready();
        NatsServer server = new NatsServer(parts, parts.listen(reserved));
        RunningServers.add(server);
        shutdown.add(
            "the table of running servers", TABLE_PATIENCE, () -> RunningServers.remove(server));
        return server;
      } catch (Throwable failure) {
        shutdown.close();
        throw failure;
      }
    } catch (IOException e) {
      throw new NatsException("Can't start the NATS server: " + e.getMessage(), e);
    }
  }

  /**
   * The server of this JVM that clients of that address reach.
   *
   * @param host a name or an address; one that can't be resolved reaches no server
   */
  public static Optional<NatsServer> find(String host, int port) {
    return RunningServers.find(host, port);
  }

  /** Returns the options that hold now: those of the start or of the last reload. */
  public NatsOptions options() {
    return options.get();
  }

  /** The clock and timers of this server. */
  public TimeSource time() {
    return time;
  }

  /** The TCP port it listens on. */
  public int port() {
    return port;
  }

  /** The server's id. */
  public String id() {
    return info().serverId();
  }

  /** The server's name; its id where it was given none. */
  public String name() {
    return info().serverName();
  }

  /** Returns what INFO says to clients that connect now. */
  ServerInfo info() {
    return clients.info();
  }

  /** The port of the HTTP monitor; 0 when there is none. */
  public int monitorPort() {
    return monitors.port();
  }

  /** The port of the HTTPS monitor; 0 when there is none. */
  public int securedMonitorPort() {
    return monitors.securedPort();
  }

  /**
   * Changes what a running server can change: logins and permissions, accounts with their limits,
   * JetStream, exports, imports and mappings, TLS certificates, and the limits of clients, also for
   * those who are connected. Clients that could not log in any more, or would be in another
   * account, are disconnected.
   *
   * @throws NatsException if the new options can't be had; then all is as before
   */
  public void reload(NatsOptions changed) {
    reload.apply(changed);
  }

  /**
   * Checks whether a server that runs with certain options could take over others.
   *
   * @throws NatsException if it would have to be restarted, with the option that it is about
   */
  public static void checkReload(NatsOptions running, NatsOptions changed) {
    Reload.check(running, changed, running.port());
  }

  /**
   * Has {@code control} called when a request to the system account asks for the configuration to
   * be read again. Without it the server reads the file itself that its options came from, if they
   * did.
   */
  @SuppressWarnings("exports")
  public void onReload(ServerControl control) {
    reload.delegateTo(control);
  }

  /** The port of the WebSocket listener; 0 when there is none. */
  public int webSocketPort() {
    return webSocket == null ? 0 : webSocket.port();
  }

  /** The port on which the process can be profiled; 0 when there is none. */
  public int profilePort() {
    return monitors.profilePort();
  }

  /** Where a client connects to: {@code nats://host:port}. */
  public String clientUrl() {
    return "nats://" + new HostPort(options().host(), port);
  }

  /** The port for the other servers of the cluster; 0 when there is none. */
  public int clusterPort() {
    return cluster == null ? 0 : cluster.port();
  }

  /** The port for leaf nodes; 0 when there is none. */
  public int leafNodePort() {
    return leafNodes.port();
  }

  /** Returns how the connections to the hubs are that this server is a leaf node of. */
  @SuppressWarnings("exports")
  public List<LeafRemoteState> leafRemotes() {
    return leafNodes.remotes();
  }

  /**
   * Has {@code told} called after each change of what {@link #leafRemotes} returns, on any thread;
   * it must be quick.
   */
  public void onLeafRemotes(Runnable told) {
    leafNodes.observe(told);
  }

  /**
   * Waits until the hubs that this server is a leaf node of are connected.
   *
   * @return false when that takes longer than {@code patience}
   */
  public boolean awaitLeafRemotes(Duration patience) throws InterruptedException {
    return leafNodes.awaitRemotes(patience);
  }

  /**
   * Closes the connections to the hubs that this server is a leaf node of and makes none, as if the
   * way there were cut, until this is called with false.
   */
  public void cutLeafRemotes(boolean cut) {
    leafNodes.cutRemotes(cut);
  }

  /** The connections to leaf nodes and hubs that hold now. */
  Collection<Leaf> leafs() {
    return leafNodes.leafs();
  }

  /** The name of the cluster; empty when there is none. */
  public String clusterName() {
    return cluster == null ? "" : cluster.name();
  }

  /** The routes to other servers of the cluster that hold now. */
  Collection<Route> routes() {
    return cluster == null ? List.of() : cluster.routes();
  }

  /** Waits for routes; see {@link Cluster#awaitRoutes}. There are none without a cluster. */
  boolean awaitRoutes(int count, Duration patience) throws InterruptedException {
    return cluster == null ? count == 0 : cluster.awaitRoutes(count, patience);
  }

  /**
   * Waits until its routes have nothing to tell each other, such as what clients of a server that
   * has just started are interested in, as long as that takes no longer than {@code patience}.
   */
  void awaitRoutesQuiet(Duration patience) throws InterruptedException {
    if (cluster != null) {
      cluster.activity().awaitIdle(patience.toNanos());
    }
  }

  /** Cuts the links to these servers; see {@link Cluster#cutOff}. */
  void cutOff(Set<String> serverNames) {
    if (cluster != null) {
      cluster.cutOff(serverNames);
    }
  }

  /** Makes links to other servers slow, or holds what goes there; see {@link Cluster#link}. */
  void link(Map<String, RouteCondition> conditions) {
    if (cluster != null) {
      cluster.link(conditions);
    }
  }

  /** Connects at once to servers whose links are whole again; see {@link Cluster#reconnect}. */
  void reconnectRoutes() {
    if (cluster != null) {
      cluster.reconnect();
    }
  }

  /** Waits until the server has the streams that its cluster wants it to have. */
  void awaitPlaced(Duration patience) {
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    try {
      if (peer != null && !peer.awaitPlaced(patience)) {
        log.warn("Server {} has not yet made all streams that it is to have", name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NatsException("Interrupted while a server of a cluster started", e);
    }
  }

  /** Ends its part in the JetStream of its cluster, as if it were killed. */
  void leaveCluster() {
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    if (peer != null) {
      peer.end(false);
    }
  }

  /** Returns the account of that name, and creates it when there is none. */
  Account account(String name) {
    return accounts.get(name);
  }

  /**
   * Makes an account with a port of its own, which lasts until it is closed or the server is.
   *
   * @throws NatsException if the account is there already, or no port is to be had
   * @throws IllegalStateException if the server is closed
   */
  public AccountPort open(String accountName) {
    return accountPorts.open(accountName);
  }

  /**
   * Returns what the streams of all accounts hold now; see {@link AccountSnapshot#of}. Accounts
   * with ports of their own are not in it.
   */
  public NatsSnapshot snapshot() {
    return new NatsSnapshot(
        jetStreams == null ? Map.of() : jetStreams.snapshot(this::isConfigured));
  }

  /**
   * Puts the streams of all accounts back to what they were, within milliseconds and without a
   * restart; connections stay. See {@link AccountSnapshot#rewind}.
   *
   * @throws IllegalArgumentException if the snapshot has streams of an account that has none here
   */
  public void rewind(NatsSnapshot snapshot) {
    if (jetStreams != null) {
      serveReadable();
      jetStreams.rewind(snapshot.accounts(), this::isConfigured);
    } else if (!snapshot.isEmpty()) {
      throw new IllegalArgumentException(
          "The snapshot has streams, and there is no JetStream here");
    }
  }

  /**
   * Adds the streams of a snapshot to those that are there, with their messages, consumers,
   * sequences and times.
   *
   * @throws IllegalArgumentException if a stream of that name, or with overlapping subjects, is
   *     there, or the account has no JetStream here; then nothing is added
   */
  public void addStreams(NatsSnapshot snapshot) {
    if (jetStreams != null) {
      serveReadable();
      jetStreams.add(snapshot.accounts());
    } else if (!snapshot.isEmpty()) {
      throw new IllegalArgumentException(
          "The snapshot has streams, and there is no JetStream here");
    }
  }

  /** Deletes the streams that have the names of those in a snapshot, whatever they hold now. */
  public void removeStreams(NatsSnapshot snapshot) {
    if (jetStreams != null) {
      serveReadable();
      jetStreams.remove(snapshot.accounts());
    }
  }

  // So that what clients have sent before is before the snapshot's state, too.
  private void serveReadable() {
    try {
      if (!loops.serveReadable(PATIENCE.toNanos())) {
        log.warn("The threads of port {} are still busy", port);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isConfigured(String accountName) {
    return !accountPorts.contains(accountName);
  }

  /**
   * Returns the streams of all accounts with their configurations and consumers, each as
   * nats-server's monitoring describes it ({@code StreamDetail}). Waits for the streams, so threads
   * that serve clients must not call this.
   */
  @SuppressWarnings("exports")
  public List<JsonObject> streams() {
    return jetStreams == null
        ? List.of()
        : jetStreams.streams(new JetStreamServer.Details(true, true, false, false, false));
  }

  /**
   * Connects a client within this JVM, without a socket.
   *
   * @throws IllegalStateException if the server is closed
   */
  @SuppressWarnings("exports")
  public Pipe connectInProcess() {
    if (closing.hasBegun()) {
      throw new IllegalStateException("The server is closed");
    }
    return Pipe.connect(clients);
  }

  /** Returns which parts of the server cannot go on. */
  @SuppressWarnings("exports")
  public Health health() {
    return health;
  }

  /** Returns the clients that are connected to {@link #port()}, or within this JVM. */
  @SuppressWarnings("exports")
  public ConnectedClients clients() {
    return clients;
  }

  /**
   * Lets the clients go over to other servers: accepts no more, tells them so in INFO, closes their
   * connections one after the other, and closes the server at the end, or at once when there are
   * none (lame duck mode). Returns at once; nothing happens when that has begun already.
   *
   * @param grace how long nobody is closed
   * @param duration over which time the connections are closed; no longer than a second each
   */
  public void lameDuck(Duration grace, Duration duration) {
    lameDuck.enter(grace, duration, this::closeListeners);
  }

  /** Enters lame duck mode with the times of the configuration. */
  public void lameDuck() {
    ServerConfig config = options().config();
    Duration grace = Duration.ofNanos(config.get(Options.LAME_DUCK_GRACE_PERIOD));
    Duration total = Duration.ofNanos(config.get(Options.LAME_DUCK_DURATION));
    lameDuck(grace, LameDuck.evictionTime(total, grace));
  }

  /** Returns whether the server is in lame duck mode. */
  public boolean isLameDuck() {
    return lameDuck.isEntered();
  }

  /**
   * Waits until nothing is left to be done of what clients and timers have asked for so far:
   * streams and consumers are up to date, events of the system account are published, what was to
   * be sent to clients and other servers is with the operating system, both have answered their
   * pings, and a server that was to close has done so. Not to be called by a timer's task that must
   * not block.
   *
   * @return false when the server is still busy after {@code patience}, in real time; a client that
   *     goes on sending, or does not answer a ping, keeps it so
   * @throws InterruptedException if interrupted while waiting
   */
  public boolean awaitQuiet(Duration patience) throws InterruptedException {
    return idleWait.await(patience);
  }

  /**
   * Does what {@link #awaitQuiet} does, between one thing that the server does by itself and the
   * next: it waits for what clients have sent only if that is being served already.
   *
   * @return false when the server is still busy after {@code patience}, in real time
   * @throws InterruptedException if interrupted while waiting
   */
  public boolean awaitQuietAgain(Duration patience) throws InterruptedException {
    return idleWait.awaitAgain(patience);
  }

  /** Returns whether {@link #awaitQuiet} would return at once. */
  public boolean isQuiet() {
    return idleWait.isQuiet();
  }

  /**
   * Ends as a process does that is killed: clients see their connections reset, nothing more is
   * written to files, and streams in memory are gone. What was acknowledged before is in the files
   * of a server that was started with {@link NatsOptions#diskFaults()}; one that was started
   * without closes them in order. Returns when all threads have ended.
   *
   * @param powerLoss whether the machine dies, too: what was not synced is lost
   * @throws IOException if the files can't be put into that state
   */
  public void crash(boolean powerLoss) throws IOException {
    if (closing.hasBegun()) {
      return;
    }
    closeListeners();
    // In this order: a client that hears that its message is stored does so before the disk stops.
    clients.all().forEach(Connection::cut);
    accountPorts.cutClients();
    FaultyFileSystem faults = options().diskFaults();
    if (faults != null) {
      faults.die(powerLoss);
    }
    close();
  }

  private void closeListeners() {
    RunningServers.remove(this);
    try {
      listener.close();
    } catch (IOException e) {
      log.warn("Closing the listening socket of port {} failed", port, e);
    }
    if (webSocket != null) {
      webSocket.close();
    }
  }

  /** Stops serving. Returns when all threads have ended; safe to call more than once. */
  @Override
  public void close() {
    closing.close();
  }

  /** Completes when the server has stopped serving. */
  public CompletableFuture<@Nullable Void> closed() {
    return closing.end();
  }
}
