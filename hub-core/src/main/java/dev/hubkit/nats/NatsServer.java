package dev.hubkit.nats;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CurveKeyPair;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.NKeyPair;
import dev.hubkit.nats.jetstream.JetStreamServer;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import dev.hubkit.nats.monitor.MonitoredServer;
import dev.hubkit.nats.monitor.Reports;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.ConnectionFactory;
import dev.hubkit.nats.net.EventLoop;
import dev.hubkit.nats.net.Limits;
import dev.hubkit.nats.net.Listener;
import dev.hubkit.nats.net.Pipe;
import dev.hubkit.nats.net.ProtocolTrace;
import dev.hubkit.nats.net.TrafficObserver;
import dev.hubkit.nats.route.ClientUrls;
import dev.hubkit.nats.route.Cluster;
import dev.hubkit.nats.route.LocalServer;
import dev.hubkit.nats.route.Route;
import dev.hubkit.nats.route.RouteLogin;
import dev.hubkit.nats.route.RouteTotals;
import dev.hubkit.nats.security.ConfigAuthenticator;
import dev.hubkit.nats.security.ServerKey;
import dev.hubkit.nats.system.ServerControl;
import dev.hubkit.nats.system.SystemAccount;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.trace.MessageTrace;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.SystemTimeSource;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Health;
import dev.hubkit.work.Shutdown;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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

  /** The release of nats-server whose behaviour this one has; clients switch features on by it. */
  public static final String VERSION = "2.14.5";

  // How long clients may take to read what is left for them when the server closes.
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

  // How long each part may take to end when the server closes.
  private static final Duration PART_END_PATIENCE = Duration.ofSeconds(5);
  private static final Duration LOOP_END_PATIENCE = Duration.ofSeconds(5);
  private static final Duration CLUSTER_END_PATIENCE = Duration.ofSeconds(8);
  private static final Duration SYSTEM_END_PATIENCE = Duration.ofSeconds(12);
  private static final Duration ACCOUNTS_END_PATIENCE = Duration.ofSeconds(15);
  private static final Duration TIMER_END_PATIENCE = Duration.ofSeconds(12);
  // What was acknowledged is written already; what is not may still be.
  private static final Duration JETSTREAM_END_PATIENCE = Duration.ofSeconds(30);
  private static final Duration LONGEST_EVICTION_PAUSE = Duration.ofSeconds(1);

  // How long sockets that are ready may take to be served.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private volatile NatsOptions options;
  private final TimeSource time;
  private final Shutdown shutdown;
  private final int port;
  private final ConcurrentHashMap<String, Account> accounts = new ConcurrentHashMap<>();
  private final Set<AccountPort> accountPorts = ConcurrentHashMap.newKeySet();
  private final List<EventLoop> loops = new ArrayList<>();
  private final Health health = new Health();
  private final @Nullable JetStreamServer jetStreams;
  private final Clients clients;
  private final JwtAccounts claimed;
  private volatile ConfigAuthenticator logins;
  private final Listener listener;
  private final @Nullable WebSocketPort webSocket;
  private final Reports reports;
  private final @Nullable SystemAccount systemAccount;
  private volatile @Nullable ServerControl control;
  private Monitors monitors = new Monitors(null, null);
  private final long started;
  private final @Nullable ServerKey serverKey;
  private final IdleWait quiescence;
  private @Nullable Cluster cluster;
  private final Object telling = new Object();
  private final AtomicBoolean lameDuck = new AtomicBoolean();
  private volatile boolean ending;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

  // What is opened here is added to `shutdown` at once: whoever calls this ends it when this fails.
  private NatsServer(NatsOptions options, ReservedPort held, Runnable ready, Shutdown shutdown)
      throws IOException {
    this.options = options;
    this.port = held.number();
    this.shutdown = shutdown;
    // The first key of a JVM takes a while, which is done beside everything else.
    CompletableFuture<CurveKeyPair> curve =
        CompletableFuture.supplyAsync(
            () -> {
              WorkStep.START_KEY.reach();
              return CurveKeyPair.generate();
            },
            task -> new Thread(task, "nats-" + port + "-key").start());
    TimeSource given = options.timeSource();
    if (given == null) {
      SystemTimeSource own = new SystemTimeSource("nats-" + port + "-timer");
      this.time = own;
      shutdown.add("the timers", TIMER_END_PATIENCE, own::close);
    } else {
      this.time = given;
    }
    this.started = time.epochNanos();
    boolean signing =
        options.config().isSet(Options.AUTH_CALLOUT)
            || !options.config().get(Options.OPERATORS).isEmpty();
    NKeyPair key = signing ? NKeyPair.generate(NKey.Role.SERVER) : null;
    String id = key == null ? newServerId() : key.publicKey();
    String name = options.serverName();
    ServerInfo.Builder info =
        ServerInfo.builder(id, name == null ? id : name, VERSION)
            .address(options.host(), port)
            .headers(!options.config().get(Options.NO_HEADERS))
            .maxPayload(options.maxPayload());
    WorkStep.START.reach();
    this.jetStreams =
        JetStreamFactory.start(options, name == null ? id : name, id, time, port, health);
    if (jetStreams != null) {
      shutdown.add("JetStream", JETSTREAM_END_PATIENCE, jetStreams::close);
    }
    ServerConfig config = options.config();
    if (jetStreams != null && !config.get(Options.JETSTREAM_SETTINGS).domain().isEmpty()) {
      info.domain(config.get(Options.JETSTREAM_SETTINGS).domain());
    }
    tell(info, config);
    this.serverKey =
        key == null
            ? null
            : new ServerKey(
                key,
                () -> await(curve),
                name == null ? id : name,
                options.host(),
                VERSION,
                this::clusterName,
                config.get(Options.TAGS));
    this.claimed = new JwtAccounts(this::account, jetStreams, systemAccountName(config), time);
    this.logins = newLogins(config);
    info.authRequired(logins.required());
    WorkStep.START.reach();
    ConfigAccounts.setUp(config, this::account);
    if (jetStreams != null) {
      info.jetStream(true);
      JetStreamFactory.open(jetStreams, config, systemAccountName(config), this::account);
    }
    shutdown.add("the event loops", LOOP_END_PATIENCE.plusSeconds(1), this::endLoops);
    shutdown.add("the logins", PART_END_PATIENCE, () -> logins.close());
    shutdown.add("the routes", CLUSTER_END_PATIENCE, this::closeCluster);
    shutdown.add("the monitoring ports", PART_END_PATIENCE, () -> monitors.close());
    for (int i = 0; i < options.eventLoops(); i++) {
      WorkStep.START.reach();
      loops.add(EventLoop.start("nats-" + port + "-loop-" + i, health));
    }
    this.webSocket = WebSocketPort.hold(options);
    if (webSocket != null) {
      shutdown.add("the WebSocket port", PART_END_PATIENCE, webSocket::close);
      info.webSocket(webSocket.host(), webSocket.port(), webSocket.isSecured());
    }
    this.clients =
        new Clients(
            time, limits(options), logins, info.build(), observer(options), options.interference());
    this.quiescence = new IdleWait(loops, clients, this::activities);
    shutdown.add("the clients", PART_END_PATIENCE, () -> clients.closeAll(CLOSE_PATIENCE));
    if (jetStreams != null) {
      // Those that wait for messages are told while they are there.
      shutdown.add("requests for messages", PART_END_PATIENCE, jetStreams::releasePulls);
    }
    WorkStep.START.reach();
    this.cluster =
        ClusterFactory.prepare(options, webSocket, clients.info(), time, new ClusteredServer());
    if (cluster != null) {
      InterestObserver observer = cluster.observer();
      accounts.values().forEach(account -> account.interest().observe(observer));
      clusterChanged();
    }
    this.reports = new Reports(new Monitored());
    if (config.get(Options.NO_SYSTEM_ACCOUNT)) {
      this.systemAccount = null;
    } else {
      clients.systemAccount(systemAccount(config));
      this.systemAccount =
          SystemAccount.start(
              systemAccount(config), reports, this::reloadAsTold, "nats-" + port + "-system");
      shutdown.add("the system account", SYSTEM_END_PATIENCE, systemAccount::close);
      if (!config.get(Options.OPERATORS).isEmpty()) {
        JwtUpdateService.start(
            systemAccount(config),
            systemAccount.stamp(),
            () -> logins,
            claimed,
            clients,
            config.get(Options.RESOLVER).kind());
      }
    }
    WorkStep.START.reach();
    tell(greeting -> greeting.xkey(await(curve).publicKey()));
    // As in nats-server, the clients' port is opened when all else answers, but for the routes.
    this.monitors = Monitors.start(options, reports, port);
    shutdown.add("the ports of accounts", ACCOUNTS_END_PATIENCE, this::closeAccountPorts);
    WorkStep.START.reach();
    ready.run();
    if (webSocket != null) {
      webSocket.listen(loops, clients, time);
    }
    this.listener = Listener.start(held, loops, clients, carrier(config));
    shutdown.add("the clients' port", PART_END_PATIENCE, listener::close);
    WorkStep.START.reach();
    if (cluster != null) {
      cluster.start();
    }
    WorkStep.START.reach();
  }

  /** What the monitor sees of this server. */
  private final class Monitored implements MonitoredServer {
    @Override
    public ServerConfig config() {
      return options.config();
    }

    @Override
    public TimeSource time() {
      return time;
    }

    @Override
    public Clients clients() {
      return clients;
    }

    @Override
    public Collection<Account> accounts() {
      return accounts.values();
    }

    @Override
    public String systemAccount() {
      ServerConfig config = options.config();
      return config.get(Options.NO_SYSTEM_ACCOUNT)
          ? ""
          : NatsServer.this.systemAccount(config).name();
    }

    @Override
    public @Nullable JetStreamServer jetStreams() {
      return jetStreams;
    }

    @Override
    public long started() {
      return started;
    }

    @Override
    public int webSocketPort() {
      return NatsServer.this.webSocketPort();
    }

    @Override
    public int clusterPort() {
      return NatsServer.this.clusterPort();
    }

    @Override
    public Collection<Route> routes() {
      return NatsServer.this.routes();
    }

    @Override
    public RouteTotals routeTotals() {
      return cluster == null ? RouteTotals.NONE : cluster.totals();
    }

    @Override
    public String trouble() {
      return closed.get() ? "server is shutting down" : "";
    }

    @Override
    public Health health() {
      return health;
    }
  }

  private ConnectionFactory carrier(ServerConfig config) {
    return config.get(Options.TLS).isEmpty()
        ? ConnectionFactory.TCP
        : ConnectionFactory.tls(this::tls, config.get(Options.ALLOW_NON_TLS), time);
  }

  // Asked for each connection, since a reload can bring other certificates.
  private TlsContext tls() {
    return options.config().get(Options.TLS).orElseThrow();
  }

  private static String systemAccountName(ServerConfig config) {
    String name = config.get(Options.SYSTEM_ACCOUNT);
    return name.isEmpty() ? SYSTEM_ACCOUNT : name;
  }

  private Account systemAccount(ServerConfig config) {
    return account(systemAccountName(config));
  }

  // An account of operator mode: it is known when the first of its users comes.
  private Account enter(AccountClaims claims) {
    return claimed.enter(claims, key -> logins.account(key));
  }

  private static @Nullable TrafficObserver observer(NatsOptions options) {
    ServerConfig config = options.config();
    return config.get(Options.TRACE) || config.get(Options.TRACE_VERBOSE)
        ? new ProtocolTrace(
            config.get(Options.MAX_TRACED_MESSAGE),
            config.get(Options.TRACE_HEADERS),
            options.observer())
        : options.observer();
  }

  private static Limits limits(NatsOptions options) {
    return new Limits(
        options.maxPayload(),
        options.maxControlLine(),
        options.maxPending(),
        options.maxConnections(),
        options.maxSubscriptions(),
        options.config().get(Options.MAX_SUBSCRIPTION_TOKENS),
        options.pingInterval(),
        options.maxPingsOut(),
        options.authTimeout(),
        options.writeDeadline());
  }

  // Looks like the public key that nats-server has for an id.
  private static String newServerId() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    SecureRandom random = new SecureRandom();
    StringBuilder id = new StringBuilder("N");
    while (id.length() < 56) {
      id.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return id.toString();
  }

  /**
   * Starts a server; it accepts connections when this returns, and none before its streams are
   * there and its other ports answer.
   *
   * @throws NatsException if the address can't be listened on, for one because the port is in use;
   *     nobody has been accepted then
   */
  public static NatsServer start(NatsOptions options) {
    return start(options, () -> {});
  }

  /**
   * {@link #start(NatsOptions)} that waits for something else with letting clients in.
   *
   * @param ready called when the server could let clients in; what it throws ends the server before
   *     anybody could connect, and is thrown here
   */
  public static NatsServer start(NatsOptions options, Runnable ready) {
    try (ReservedPort held = hold(options.host(), options.port())) {
      Shutdown shutdown = new Shutdown("nats-" + held.number());
      try {
        NatsServer server = new NatsServer(options, held, ready, shutdown);
        RunningServers.add(server);
        return server;
      } catch (Throwable failure) {
        shutdown.close();
        throw failure;
      }
    } catch (IOException e) {
      throw new NatsException("Can't start the NATS server: " + e.getMessage(), e);
    }
  }

  /** Takes a port without accepting anybody yet. */
  static ReservedPort hold(String host, int port) {
    try {
      return ReservedPort.hold(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new NatsException(
          "NATS can't listen on " + host + ":" + port + ": " + e.getMessage(), e);
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

  /** The options it was started with. */
  public NatsOptions options() {
    return options;
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
    return clients.info().serverId();
  }

  /** The server's name; its id where it was given none. */
  public String name() {
    return clients.info().serverName();
  }

  private ConfigAuthenticator newLogins(ServerConfig config) {
    if (config.isSet(Options.AUTH_CALLOUT) && serverKey == null) {
      throw new NatsException("config reload not supported for auth_callout");
    }
    return new ConfigAuthenticator(
        config, this::account, this::enter, time, serverKey, "nats-" + port + "-login");
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
   * Takes over what a running server can: logins and permissions, accounts with their limits,
   * JetStream, exports, imports and mappings, TLS certificates, and the limits of clients, also for
   * those who are connected. Clients that could not log in any more, or would be in another
   * account, are disconnected.
   *
   * @throws NatsException if the new options can't be had; then all is as before
   */
  public synchronized void reload(NatsOptions changed) {
    ServerConfig config = changed.config();
    NatsOptions before = options;
    ClusterFactory.check(before, changed);
    JetStreamFactory.check(before, changed);
    ConfigAuthenticator after = newLogins(config);
    try {
      if (config.get(Options.OPERATORS).isEmpty()) {
        ConfigAccounts.change(config, accounts.values(), this::account);
      }
    } catch (NatsException e) {
      after.close();
      ConfigAccounts.change(before.config(), accounts.values(), this::account);
      throw e;
    }
    if (jetStreams != null) {
      JetStreamFactory.change(
          jetStreams,
          config,
          systemAccountName(config),
          List.copyOf(accounts.values()),
          this::account);
    }
    options = changed;
    ConfigAuthenticator old = logins;
    logins = after;
    clients.authenticator(after);
    clients.limits(limits(changed));
    tell(
        info -> {
          info.authRequired(after.required()).maxPayload(changed.maxPayload());
          tell(info, config);
        });
    Cluster around = cluster;
    if (around != null) {
      ClusterFactory.change(around, changed, webSocket, clients.info());
    }
    if (after.canAskAgain()) {
      clients.logInAgain();
    }
    old.close();
  }

  private static void tell(ServerInfo.Builder info, ServerConfig config) {
    config
        .get(Options.TLS)
        .ifPresent(
            tls -> {
              boolean optional = config.get(Options.ALLOW_NON_TLS);
              info.tls(!optional, tls.settings().verify(), optional);
            });
  }

  /**
   * Has {@code told} called when the system account asks for the configuration to be read again.
   * Without this the server reads the file itself that its options came from, if they did.
   */
  public void onReload(ServerControl told) {
    control = told;
  }

  private void reloadAsTold() {
    ServerControl told = control;
    String file = options.config().get(Options.CONFIG_FILE);
    if (told != null) {
      told.reload();
    } else if (file.isEmpty()) {
      throw new NatsException(
          "can only reload config when a file is provided using -c or --config");
    } else {
      reload(NatsOptions.of(ConfigFile.read(file, System::getenv)));
    }
  }

  /** The port of the WebSocket listener; 0 when there is none. */
  public int webSocketPort() {
    return webSocket == null ? 0 : webSocket.port();
  }

  /** Where a client connects to: {@code nats://host:port}. */
  public String clientUrl() {
    return "nats://" + new HostPort(options.host(), port);
  }

  private Account newAccount(String name) {
    Account made = new Account(name, time);
    SystemAccount system = systemAccount;
    if (system != null) {
      system.adopt(made);
    }
    Cluster around = cluster;
    if (around != null) {
      made.interest().observe(around.observer());
    }
    return made;
  }

  // Clients are told where else they can connect to.
  private void clusterChanged() {
    Cluster around = cluster;
    if (around != null) {
      ClientUrls urls = around.clientUrls();
      tell(info -> info.cluster(around.name(), urls.tcp(), urls.webSocket()));
    }
  }

  private void tell(Consumer<ServerInfo.Builder> change) {
    synchronized (telling) {
      ServerInfo.Builder info = clients.info().toBuilder();
      change.accept(info);
      clients.info(info.build());
    }
  }

  /** The port for the other servers of the cluster; 0 when there is none. */
  public int clusterPort() {
    return cluster == null ? 0 : cluster.port();
  }

  /** The name of the cluster; empty when there is none. */
  public String clusterName() {
    return cluster == null ? "" : cluster.name();
  }

  /** The routes to other servers of the cluster that hold now. */
  public Collection<Route> routes() {
    return cluster == null ? List.of() : cluster.routes();
  }

  /** The account of that name, made when there is none. */
  public Account account(String name) {
    Account known = accounts.get(name);
    return known == null ? accounts.computeIfAbsent(name, this::newAccount) : known;
  }

  /** The account of clients that belong to no other. */
  public Account defaultAccount() {
    return account(GLOBAL_ACCOUNT);
  }

  /**
   * Makes an account with a port of its own, which lasts until it is closed or the server is.
   *
   * @throws NatsException if the account is there already, or no port is to be had
   * @throws IllegalStateException if the server is closed
   */
  public AccountPort open(String accountName) {
    Account account = new Account(accountName, time);
    Cluster around = cluster;
    if (around != null) {
      account.interest().observe(around.observer());
    }
    if (accounts.putIfAbsent(accountName, account) != null) {
      throw new NatsException("There is an account " + accountName + " already");
    }
    boolean open = false;
    try {
      AccountPort port =
          AccountPort.open(
              account,
              options.host(),
              loops,
              clients,
              clients.info(),
              time,
              jetStreams,
              systemAccount,
              closing -> {
                accounts.remove(accountName, account);
                accountPorts.remove(closing);
              });
      accountPorts.add(port);
      open = true;
      if (closed.get()) {
        port.close();
        throw new IllegalStateException("The server is closed");
      }
      return port;
    } finally {
      if (!open) {
        accounts.remove(accountName, account);
      }
    }
  }

  /**
   * What the streams of all accounts are now; see {@link AccountSnapshot#of}. Accounts with ports
   * of their own are not in it.
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

  // So that what clients have sent before is before the snapshot's state, too.
  private void serveReadable() {
    CountDownLatch served = new CountDownLatch(loops.size());
    loops.forEach(loop -> loop.afterRound(served::countDown));
    try {
      if (!served.await(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        log.warn("The threads of port {} are still busy", port);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isConfigured(String accountName) {
    return accountPorts.stream().noneMatch(port -> port.account().name().equals(accountName));
  }

  /**
   * Connects a client within this JVM, without a socket.
   *
   * @throws IllegalStateException if the server is closed
   */
  public Pipe connectInProcess() {
    if (closed.get()) {
      throw new IllegalStateException("The server is closed");
    }
    return Pipe.connect(clients);
  }

  /** What of the server cannot go on. */
  public Health health() {
    return health;
  }

  /** The clients that are connected. */
  public Clients clients() {
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
    if (closed.get() || !lameDuck.compareAndSet(false, true)) {
      return;
    }
    log.info("Entering lame duck mode, stop accepting new clients");
    closeListeners();
    if (systemAccount != null) {
      systemAccount.lameDuck();
    }
    if (cluster != null) {
      cluster.lameDuck();
    }
    tell(info -> info.lameDuck(true));
    if (clients.all().isEmpty()) {
      closeElsewhere();
    } else {
      SupervisedTask evicting =
          new SupervisedTask(() -> evict(duration), failure -> closeElsewhere());
      time.schedule(grace, evicting);
    }
  }

  /** {@link #lameDuck(Duration, Duration)} with the times of the configuration. */
  public void lameDuck() {
    ServerConfig config = options.config();
    long grace = config.get(Options.LAME_DUCK_GRACE_PERIOD);
    long rest = config.get(Options.LAME_DUCK_DURATION) - grace;
    lameDuck(Duration.ofNanos(grace), rest > 0 ? Duration.ofNanos(rest) : LONGEST_EVICTION_PAUSE);
  }

  /** Whether it lets its clients go over to other servers. */
  public boolean isLameDuck() {
    return lameDuck.get();
  }

  private void evict(Duration duration) {
    log.info("Closing existing clients");
    List<Connection> present = List.copyOf(clients.all());
    long step = present.isEmpty() ? 0 : duration.toNanos() / present.size();
    step = Math.min(step, LONGEST_EVICTION_PAUSE.toNanos());
    long delay = 0;
    for (Connection connection : present) {
      time.schedule(
          delay,
          new SupervisedTask(() -> connection.close(CloseReason.SERVER_SHUTDOWN), connection));
      delay += step;
    }
    time.schedule(
        Math.max(0, delay - step),
        new SupervisedTask(this::closeElsewhere, failure -> closeElsewhere()));
  }

  // Not on the thread of the timers, which ends with the server.
  private void closeElsewhere() {
    ending = true;
    try {
      new Thread(this::close, "nats-" + port + "-close").start();
    } catch (Throwable noThread) {
      log.error("Closing port {} without a thread of its own", port, noThread);
      close();
    }
  }

  /** The end, once it has begun. */
  private final class Ending implements Activity {
    @Override
    public boolean isIdle() {
      return !ending || end.isDone();
    }

    @Override
    public boolean awaitIdle(long nanos) throws InterruptedException {
      try {
        if (ending) {
          end.get(nanos, TimeUnit.NANOSECONDS);
        }
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (ExecutionException e) {
        throw new IllegalStateException("The end can't fail", e);
      }
    }
  }

  /** What works beside the event loops. */
  private List<Activity> activities() {
    List<Activity> activities = new ArrayList<>(List.of(logins, new Ending()));
    if (jetStreams != null) {
      activities.add(jetStreams);
    }
    if (systemAccount != null) {
      activities.add(systemAccount);
    }
    if (cluster != null) {
      activities.add(cluster.activity());
    }
    return activities;
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
    return quiescence.await(patience);
  }

  /**
   * {@link #awaitQuiet} between one thing that the server does by itself and the next: what clients
   * have sent is waited for only if it is being served.
   *
   * @return false when the server is still busy after {@code patience}, in real time
   * @throws InterruptedException if interrupted while waiting
   */
  public boolean awaitQuietAgain(Duration patience) throws InterruptedException {
    return quiescence.awaitAgain(patience);
  }

  /** Whether {@link #awaitQuiet} would return at once. */
  public boolean isQuiet() {
    return quiescence.isQuiet();
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
    if (closed.get()) {
      return;
    }
    closeListeners();
    // In this order: who is told that a message is stored is told before the disk stands still.
    clients.all().forEach(Connection::cut);
    accountPorts.forEach(each -> each.clients().all().forEach(Connection::cut));
    FaultyFileSystem faults = options.diskFaults();
    if (faults != null) {
      faults.die(powerLoss);
    }
    close();
  }

  /** Stops serving. Returns when all threads have ended; safe to call more than once. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      RunningServers.remove(this);
      shutdown.close();
    } finally {
      end.complete(null);
    }
  }

  /** Done when the server has stopped serving. */
  public CompletableFuture<@Nullable Void> closed() {
    return end.copy();
  }

  private static void close(Listener listener, int port) {
    try {
      listener.close();
    } catch (IOException e) {
      log.warn("Closing the listening socket of port {} failed", port, e);
    }
  }

  private void closeListeners() {
    RunningServers.remove(this);
    close(listener, port);
    closeWebSocket();
  }

  private void closeWebSocket() {
    if (webSocket != null) {
      webSocket.close();
    }
  }

  private void closeAccountPorts() {
    accountPorts.forEach(AccountPort::close);
  }

  /** This server as its cluster knows it. */
  private final class ClusteredServer implements LocalServer {
    @Override
    public Account account(String name) {
      return NatsServer.this.account(name);
    }

    @Override
    public void traced(MessageTrace trace, Account account) {
      clients.tracer().accept(trace, account);
    }

    @Override
    public void clusterChanged() {
      NatsServer.this.clusterChanged();
    }

    @Override
    public void checkPassword(String configured, String given, RouteLogin login) {
      logins.checkPassword(configured, given, login);
    }
  }

  private void closeCluster() {
    Cluster around = cluster;
    if (around != null) {
      around.close();
    }
  }

  private static CurveKeyPair await(CompletableFuture<CurveKeyPair> curve) {
    try {
      return curve.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new NatsException("Can't make the server's curve key: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NatsException("Interrupted while the server's curve key was made", e);
    }
  }

  private void endLoops() {
    loops.forEach(EventLoop::end);
    long end = System.nanoTime() + LOOP_END_PATIENCE.toNanos();
    for (EventLoop loop : loops) {
      if (!loop.awaitEnd(Math.max(0, end - System.nanoTime()))) {
        log.error("{} is still at work and left alone: what it does takes too long", loop);
      }
    }
  }
}
