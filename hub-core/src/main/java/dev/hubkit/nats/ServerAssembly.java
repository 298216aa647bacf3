package dev.hubkit.nats;

import dev.hubkit.nats.config.AccountConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ResolverConfig;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.CurveKeyPair;
import dev.hubkit.nats.credential.NKeyPair;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.cluster.JetStreamPeer;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.ConnectionFactory;
import dev.hubkit.nats.net.Listener;
import dev.hubkit.nats.net.ProtocolTrace;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.security.ServerKey;
import dev.hubkit.nats.system.SystemAccount;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Health;
import dev.hubkit.work.Shutdown;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a server, opened one after the other: those that others need first, the clients'
 * port last but for the routes, as in nats-server. Each part that is opened is added to a {@link
 * Shutdown} at once, which closes all of them, be it because a later one can't be opened or because
 * the server ends.
 */
final class ServerAssembly {
  // How long clients may take to read what waits for them when the server closes.
  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(1);

  // How long each part may take to end when the server closes.
  private static final Duration PART_PATIENCE = Duration.ofSeconds(5);
  private static final Duration CLUSTER_PATIENCE = Duration.ofSeconds(8);
  private static final Duration SYSTEM_PATIENCE = Duration.ofSeconds(12);
  private static final Duration ACCOUNTS_PATIENCE = Duration.ofSeconds(15);
  private static final Duration TIMER_PATIENCE = Duration.ofSeconds(12);
  // What was acknowledged is written already; what is not may still be.
  private static final Duration JETSTREAM_PATIENCE = Duration.ofSeconds(30);
  private static final Duration KEY_PATIENCE = Duration.ofSeconds(10);

  final CurrentOptions options;
  final int port;
  final Health health = new Health();
  final ServerClosing closing;
  final TimeSource time;
  final ServerAccounts accounts;
  final @Nullable JetStreamServer jetStreams;
  final EventLoops loops = new EventLoops();
  final Clients clients;
  final @Nullable WebSocketPort webSocket;
  final @Nullable Cluster cluster;
  final LeafNodes leafNodes;
  final Reload reload;
  final LameDuck lameDuck;
  final AccountPorts accountPorts;
  final IdleWait idleWait;
  final Monitors monitors;

  private final Shutdown shutdown;
  private final StartLog startLog;
  private long jetStreamBegun;
  private final NamedServer identity;
  private final String threadPrefix;
  private final JwtAccounts jwtAccounts;
  private final ServerLogins logins;
  private final InfoUpdater infoUpdater;
  private final @Nullable SystemAccount systemAccount;

  /**
   * Opens everything but the ports for clients and routes, which {@link #listen} opens.
   *
   * @param shutdown closes what is opened here; the caller closes it when this fails
   */
  ServerAssembly(
      NatsOptions options, NamedServer identity, StartLog startLog, int port, Shutdown shutdown)
      throws IOException {
    final CompletableFuture<CurveKeyPair> curve = generateCurve(port);
    this.options = new CurrentOptions(options);
    this.startLog = startLog;
    this.identity = identity;
    this.port = port;
    this.shutdown = shutdown;
    this.closing = new ServerClosing(shutdown, port);
    this.threadPrefix = "nats-" + port + "-";
    this.time = openTime(options.timeSource());
    final long started = time.epochNanos();
    this.accounts = new ServerAccounts(time, options.compatibility());
    ServerConfig config = options.config();
    NKeyPair signingKey = identity.signingKey();
    String id = identity.id();
    ServerInfo.Builder info = InfoUpdater.initial(options, id, port);
    String name = identity.name();
    Monitors.Reserved monitorPorts = reserveMonitors();
    WorkStep.START.reach();
    this.jetStreams = openJetStream(name, id);
    shutdown.add("the event loops", EventLoops.END_PATIENCE.plusSeconds(1), loops::close);
    String systemName = ServerAccounts.systemAccountName(config);
    this.jwtAccounts =
        new JwtAccounts(
            accounts::get,
            jetStreams,
            systemName,
            new DefaultDomains(config.get(Options.DEFAULT_JS_DOMAINS)),
            config.get(Options.CLUSTER).name(),
            time,
            options.compatibility());
    shutdown.add("the timers of accounts", PART_PATIENCE, jwtAccounts::close);
    ServerKey serverKey = signingKey == null ? null : serverKey(signingKey, curve, name);
    this.logins =
        new ServerLogins(config, accounts, jwtAccounts, time, serverKey, threadPrefix + "login");
    shutdown.add("the logins", PART_PATIENCE, logins::close);
    WorkStep.START.reach();
    requireOperator(config);
    setUpAccounts(info);
    loops.start(options.eventLoops(), threadPrefix + "loop-", health);
    this.webSocket = reserveWebSocket(info);
    info.authRequired(logins.current().required());
    // Routes are closed when clients are, so that other servers hear of what these have left.
    shutdown.add("the routes", CLUSTER_PATIENCE, this::closeCluster);
    this.clients = openClients(info.build());
    this.infoUpdater = new InfoUpdater(clients);
    this.idleWait = new IdleWait(loops, clients, this::activities);
    WorkStep.START.reach();
    this.cluster = reserveCluster();
    this.leafNodes =
        LeafNodesFactory.prepare(
            options,
            time,
            new LeafedServer(
                this.options,
                accounts,
                logins,
                clients,
                jetStreams,
                this::clusterName,
                this::otherLeafUrls));
    shutdown.add("the leaf nodes", CLUSTER_PATIENCE, leafNodes::close);
    jwtAccounts.onExpiry(new ClaimedClients(clients, leafNodes)::expire);
    this.reload =
        new Reload(
            this.options,
            accounts,
            logins,
            jetStreams,
            clients,
            infoUpdater,
            cluster,
            leafNodes,
            webSocket);
    Reports reports =
        new Reports(
            new ServerView(
                this.options,
                time,
                started,
                clients,
                accounts,
                jwtAccounts,
                jetStreams,
                webSocket,
                cluster,
                leafNodes,
                closing,
                health));
    this.systemAccount = openSystemAccount(reports);
    WorkStep.START.reach();
    infoUpdater.curveKey(await(curve).publicKey());
    this.lameDuck =
        new LameDuck(
            time, clients, leafNodes, infoUpdater, systemAccount, cluster, closing, this::resign);
    this.monitors =
        Monitors.start(
            options,
            monitorPorts,
            reports,
            port,
            opened -> shutdown.add("a monitoring port", PART_PATIENCE, opened));
    this.accountPorts =
        new AccountPorts(
            options.host(),
            accounts,
            loops.all(),
            clients,
            time,
            jetStreams,
            systemAccount,
            closing);
    shutdown.add("the ports of accounts", ACCOUNTS_PATIENCE, accountPorts::close);
    EmbeddedService embedded = options.embeddedService();
    if (embedded != null) {
      embedded.begin(accounts::find, () -> this.options.get().maxPayload());
    }
    WorkStep.START.reach();
  }

  // In the order of nats-server, which tells of these before all others.
  private Monitors.Reserved reserveMonitors() {
    NatsOptions started = options.get();
    ReservedPort profile = Monitors.reserveProfile(started, startLog);
    if (profile != null) {
      shutdown.add("the reserved port for profiles", PART_PATIENCE, profile::close);
    }
    startLog.configuration();
    startLog.opening();
    ReservedPort monitor = Monitors.reserveMonitor(started, startLog);
    if (monitor != null) {
      shutdown.add("the reserved monitoring port", PART_PATIENCE, monitor::close);
    }
    return new Monitors.Reserved(monitor, profile);
  }

  // The first key of a JVM takes a while; everything else starts meanwhile.
  private static CompletableFuture<CurveKeyPair> generateCurve(int port) {
    return CompletableFuture.supplyAsync(
        () -> {
          WorkStep.START_KEY.reach();
          return CurveKeyPair.generate();
        },
        task -> new Thread(task, "nats-" + port + "-key").start());
  }

  private static CurveKeyPair await(CompletableFuture<CurveKeyPair> curve) {
    try {
      return curve.get(KEY_PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new NatsException("Can't make the server's curve key: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NatsException("Interrupted while the server's curve key was made", e);
    }
  }

  private TimeSource openTime(@Nullable TimeSource given) {
    if (given != null) {
      return given;
    }
    SystemTimeSource own = new SystemTimeSource(threadPrefix + "timer");
    shutdown.add("the timers", TIMER_PATIENCE, own::close);
    return own;
  }

  private @Nullable JetStreamServer openJetStream(String name, String id) {
    Path directory = options.get().storeDir();
    if (directory == null) {
      return null;
    }
    String system = ServerAccounts.systemAccountName(options.get().config());
    for (AccountConfig account : options.get().config().get(Options.ACCOUNTS)) {
      if (account.name().equals(system) && account.jetStream() != null) {
        throw new NatsException("Not allowed to enable JetStream on the system account");
      }
    }
    jetStreamBegun = startLog.jetStreamBegins();
    JetStreamServer opened;
    try {
      opened = JetStreamFactory.start(options.get(), name, id, time, port, health);
    } catch (RuntimeException e) {
      startLog.jetStreamEnds(jetStreamBegun);
      throw e;
    }
    if (opened != null) {
      startLog.jetStream(opened, directory);
      shutdown.add("JetStream", JETSTREAM_PATIENCE, opened::close);
      JetStreamPeer peer = opened.peer();
      if (peer != null) {
        // Others go on with what this server has led.
        shutdown.add("the part in the cluster", PART_PATIENCE, () -> peer.end(true));
      }
    }
    return opened;
  }

  private ServerKey serverKey(
      NKeyPair signingKey, CompletableFuture<CurveKeyPair> curve, String name) {
    return new ServerKey(
        signingKey,
        () -> await(curve),
        name,
        options.get().host(),
        options.get().compatibility().version(),
        this::clusterName,
        options.get().config().get(Options.TAGS));
  }

  /** The name of the cluster; empty when there is none. */
  String clusterName() {
    return cluster == null ? "" : cluster.name();
  }

  private void setUpAccounts(ServerInfo.Builder info) {
    ServerConfig config = options.get().config();
    ConfigAccounts.setUp(config, accounts::get);
    if (jetStreams != null) {
      info.jetStream(true);
      String domain = config.get(Options.JETSTREAM_SETTINGS).domain();
      if (!domain.isEmpty()) {
        info.domain(domain);
      }
      try {
        JetStreamFactory.open(
            jetStreams, config, ServerAccounts.systemAccountName(config), accounts::get);
      } finally {
        startLog.jetStreamEnds(jetStreamBegun);
      }
    }
  }

  private @Nullable WebSocketPort reserveWebSocket(ServerInfo.Builder info) {
    WebSocketPort reserved = WebSocketPort.hold(options.get());
    if (reserved != null) {
      shutdown.add("the WebSocket port", PART_PATIENCE, reserved::close);
      info.webSocket(reserved.host(), reserved.port(), reserved.isSecured());
      startLog.webSocket(reserved);
    }
    return reserved;
  }

  private Clients openClients(ServerInfo info) {
    NatsOptions started = options.get();
    Clients opened =
        new Clients(
            time,
            started.limits(),
            logins.current(),
            info,
            trafficObserver(started),
            started.faultInjector(),
            started.lastClientId());
    shutdown.add("the clients", PART_PATIENCE, () -> opened.closeAll(CLIENT_PATIENCE));
    if (jetStreams != null) {
      // Clients that wait for messages hear of the end while they are still connected.
      shutdown.add("requests for messages", PART_PATIENCE, jetStreams::releasePulls);
    }
    return opened;
  }

  private static @Nullable TrafficObserver trafficObserver(NatsOptions options) {
    ServerConfig config = options.config();
    return config.get(Options.TRACE) || config.get(Options.TRACE_VERBOSE)
        ? new ProtocolTrace(
            config.get(Options.MAX_TRACED_MESSAGE),
            config.get(Options.TRACE_HEADERS),
            options.observer())
        : options.observer();
  }

  private @Nullable Cluster reserveCluster() {
    Cluster reserved =
        ClusterFactory.prepare(
            options.get(),
            webSocket,
            clients.info(),
            identity.madeUpClusterName(),
            time,
            new ClusteredServer(
                accounts,
                logins,
                clients,
                options.get().jetStreamPeer(),
                () -> leafNodes.url(),
                this::clusterChanged));
    if (reserved != null) {
      accounts.observe(reserved.observer());
      infoUpdater.clusterChanged(reserved);
    }
    return reserved;
  }

  private List<String> otherLeafUrls() {
    return cluster == null ? List.of() : cluster.leafUrls();
  }

  private void clusterChanged() {
    infoUpdater.clusterChanged(cluster);
    leafNodes.clusterChanged();
  }

  private void resign() {
    JetStreamPeer peer = jetStreams == null ? null : jetStreams.peer();
    if (peer != null) {
      peer.resign();
    }
  }

  private void closeCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  // DirAccResolver and CacheDirAccResolver in nats-server's accounts.go, which -t does not start.
  private static void requireOperator(ServerConfig config) {
    ResolverConfig.Kind kind = config.get(Options.RESOLVER).kind();
    boolean isDirectory = kind == ResolverConfig.Kind.FULL || kind == ResolverConfig.Kind.CACHE;
    if (isDirectory && config.get(Options.OPERATORS).isEmpty()) {
      throw new NatsException(
          "Could not start resolver: no operator key found; add the token of an operator as"
              + " \"operator\", or remove \"resolver\"");
    }
  }

  private @Nullable SystemAccount openSystemAccount(Reports reports) {
    ServerConfig config = options.get().config();
    if (config.get(Options.NO_SYSTEM_ACCOUNT)) {
      return null;
    }
    clients.systemAccount(accounts.systemAccount(config));
    SystemAccount opened =
        SystemAccount.start(
            accounts.systemAccount(config), reports, reload::onRequest, threadPrefix + "system");
    shutdown.add("the system account", SYSTEM_PATIENCE, opened::close);
    accounts.reportTo(opened);
    if (!config.get(Options.OPERATORS).isEmpty()) {
      JwtUpdateService.start(
          accounts.systemAccount(config),
          opened.stamp(),
          logins::current,
          jwtAccounts,
          new ClaimedClients(clients, leafNodes),
          config.get(Options.RESOLVER).kind());
    }
    return opened;
  }

  /** Returns what works beside the event loops. */
  private List<Activity> activities() {
    List<Activity> activities = new ArrayList<>(List.of(logins.current(), closing));
    if (jetStreams != null) {
      activities.add(jetStreams);
    }
    if (systemAccount != null) {
      activities.add(systemAccount);
    }
    if (cluster != null) {
      activities.add(cluster.activity());
    }
    activities.add(leafNodes.activity());
    EmbeddedService embedded = options.get().embeddedService();
    if (embedded != null) {
      activities.add(embedded);
    }
    return activities;
  }

  /**
   * Lets clients and other servers in.
   *
   * @param reserved the port for clients
   */
  Listener listen(ReservedPort reserved) throws IOException {
    startLeafNodes();
    startLog.clients(port);
    String advertised = options.get().config().get(Options.CLIENT_ADVERTISE);
    requireHostPort(
        advertised, "Error setting server INFO with ClientAdvertise value of " + advertised);
    if (webSocket != null) {
      webSocket.listen(
          loops.all(),
          clients,
          time,
          this::webSocketTls,
          leafNodes.port() == 0 ? null : leafNodes::take);
    }
    Listener listener = Listener.start(reserved, loops.all(), clients, connectionFactory());
    shutdown.add("the clients' port", PART_PATIENCE, listener::close);
    startLog.ready();
    options.get().config().get(Options.TLS).ifPresent(clients::prepareHandshakes);
    WorkStep.START.reach();
    if (cluster != null) {
      startLog.cluster(cluster.name());
      startLog.routes(cluster.address());
      advertised = options.get().config().get(Options.CLUSTER).advertise();
      requireHostPort(
          advertised, "Error setting route INFO with Cluster.Advertise value of " + advertised);
      cluster.start();
    }
    WorkStep.START.reach();
    return listener;
  }

  private void startLeafNodes() throws IOException {
    String advertised = options.get().config().get(Options.LEAFNODES).advertise();
    requireHostPort(
        advertised, "Error setting leafnode INFO with LeafNode.Advertise value of " + advertised);
    startLog.leafNodes(leafNodes.address());
    leafNodes.start();
  }

  private static void requireHostPort(String text, String complaint) {
    try {
      HostPort.check(text);
    } catch (IllegalArgumentException e) {
      throw new NatsException(complaint + ", err=" + e.getMessage(), e);
    }
  }

  // Asked for each connection, as of clients without WebSocket.
  private TlsContext webSocketTls() {
    return Objects.requireNonNull(
        options.get().config().get(Options.WEBSOCKET).orElseThrow().tls());
  }

  private ConnectionFactory connectionFactory() {
    ServerConfig config = options.get().config();
    ConnectionFactory factory =
        config.get(Options.TLS).isEmpty()
            ? ConnectionFactory.TCP
            : ConnectionFactory.tls(this::tls, config.get(Options.ALLOW_NON_TLS), time);
    return config.get(Options.PROXY_PROTOCOL) ? factory.behindProxy() : factory;
  }

  // Asked for each connection, since a reload can bring other certificates.
  private TlsContext tls() {
    return options.get().config().get(Options.TLS).orElseThrow();
  }
}
