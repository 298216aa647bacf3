package dev.hubkit.nats.route;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.peer.PeerActivity;
import dev.hubkit.nats.peer.PeerListener;
import dev.hubkit.nats.peer.PeerSocket;
import dev.hubkit.nats.peer.PeerThreads;
import dev.hubkit.nats.peer.PeerTotals;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.port.ReservedPort;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The cluster as seen by one of its servers, which listens for others, connects to those of its
 * configuration and those that others name, and keeps one route to each. A server sends a message
 * that is published there straight to all servers with subscribers, which forward it no further, so
 * there are no loops, whatever the routes.
 *
 * <p>Thread-safe.
 */
public final class Cluster implements AutoCloseable, RouteProtocol.Membership {
  private static final Log log = Log.of(Cluster.class);
  private static final Duration CLOSE_PATIENCE = Duration.ofMillis(500);
  private static final Duration ABORT_PATIENCE = Duration.ofSeconds(5);

  private final Supervisor supervisor;
  private final ServerInfo self;
  private final TimeSource time;
  private final LocalServer server;
  private final PeerListener listener;
  private final PeerThreads threads;
  private final RouteTable<Route> routes;
  private final SharedInterest interest = new SharedInterest();
  private final SolicitedRoutes targets = new SolicitedRoutes(new Dialing());
  private final ClusterName name;
  private final AtomicLong lastId = new AtomicLong();
  private final PeerActivity work = new PeerActivity(this::routesAreIdle);
  private volatile RouteSettings settings;
  private volatile ClientUrls urls;

  private volatile Set<String> cutOff = Set.of();
  private volatile Map<String, RouteCondition> links = Map.of();
  private volatile boolean leaving;
  private volatile boolean metOthers;

  private Cluster(
      RouteSettings settings,
      ServerInfo self,
      String madeUpName,
      ClientUrls urls,
      TimeSource time,
      LocalServer server,
      ReservedPort held) {
    this.settings = settings;
    this.self = self;
    this.supervisor = new Supervisor("nats-" + self.port());
    this.urls = urls;
    this.time = time;
    this.server = server;
    this.threads = new PeerThreads(supervisor, "nats-" + self.port() + "-");
    this.listener = new PeerListener(held, supervisor, this::take);
    this.routes = new RouteTable<>(self.serverId());
    this.name = new ClusterName(settings.name(), madeUpName);
  }

  /**
   * Makes the cluster of a server; others can connect after {@link #start}.
   *
   * @param self the INFO of the server for clients
   * @param madeUpName the name of the cluster, where the settings have none
   * @param urls where clients connect to it, for other servers to tell their clients
   * @param server the server whose routes these are
   * @param held the port
   */
  public static Cluster prepare(
      RouteSettings settings,
      ServerInfo self,
      String madeUpName,
      ClientUrls urls,
      TimeSource time,
      LocalServer server,
      ReservedPort held) {
    return new Cluster(settings, self, madeUpName, urls, time, server, held);
  }

  /**
   * Begins to accept other servers and to connect to those it is configured to.
   *
   * @throws IOException if the address can't be listened on
   */
  public void start() throws IOException {
    listener.start(threads.nameFor("routes"));
    targets.configure(settings.routes());
  }

  /** Returns where it listens for other servers. */
  public HostPort address() {
    return new HostPort(settings.host(), port());
  }

  /** Returns the observer for the subscriptions of every account. */
  public InterestObserver observer() {
    return interest;
  }

  /**
   * Applies other settings, except for the listener's: connects to new servers among the routes,
   * closes the routes to servers that are no longer among them, and applies the new permissions.
   */
  public void change(RouteSettings other, ClientUrls otherUrls) {
    RouteSettings before = settings;
    settings = other;
    urls = otherUrls;
    name.configure(other.name());
    targets.configure(other.routes());
    for (Route route : routes()) {
      URI target = route.target();
      if (target != null && route.isConfigured() && !other.routes().contains(target)) {
        route.close("not among the routes any more");
      } else if (route.compress(other.compression())) {
        // Both must agree anew.
        route.close("Client Closed");
      } else if (!other.permissions().equals(before.permissions())) {
        route.permissions(other.permissions().permissions());
      }
    }
    routes().forEach(Route::sendInfo);
    changed();
  }

  // ---- Connecting.

  private Route connect(URI url, boolean configured) throws IOException {
    return route(RouteSocket.connect(url, settings.tls()), url, configured);
  }

  private Route route(Socket socket, @Nullable URI url, boolean configured) throws IOException {
    boolean made = false;
    try {
      Route route = new Route(lastId.incrementAndGet(), this, socket, url, configured);
      made = true;
      return route;
    } finally {
      if (!made) {
        PeerSocket.close(socket);
      }
    }
  }

  // On the listener's thread.
  private boolean take(Socket socket) {
    return !routes.isCrowded() && threads.spawn("route-in", () -> serveAccepted(socket));
  }

  private void serveAccepted(Socket socket) {
    try {
      WorkStep.ROUTE_WELCOME.reach();
      serve(route(RouteSocket.accept(socket, settings.tls()), null, false));
    } catch (IOException e) {
      log.debug("A server that connected got no further: {}", e.getMessage());
      PeerSocket.close(socket);
    } catch (Throwable failure) {
      supervisor.failed("a route", failure, null);
      PeerSocket.close(socket);
    }
  }

  // Serves a route until its end.
  private void serve(Route route) {
    if (!routes.add(route)) {
      route.abort("server shutdown");
    }
    try {
      route.serve();
    } finally {
      // Again: a route that another thread has closed may have been established since.
      ended(route);
      routes.remove(route);
    }
  }

  // ---- What routes ask and tell.

  RouteSettings settings() {
    return settings;
  }

  TimeSource time() {
    return time;
  }

  String serverId() {
    return self.serverId();
  }

  @Override
  public String serverName() {
    return self.serverName();
  }

  String threadName(String part) {
    return threads.nameFor(part);
  }

  SharedInterest interest() {
    return interest;
  }

  Account account(String accountName) {
    return server.account(accountName);
  }

  LocalServer server() {
    return server;
  }

  Permissions permissions() {
    return settings.permissions().permissions();
  }

  @Override
  public ClusterName clusterName() {
    return name;
  }

  /**
   * Returns the INFO for the other end of a route.
   *
   * @param compression the mode of compression to tell; empty for none
   */
  RouteInfo info(InetAddress local, String compression) {
    int port = port();
    InetAddress bound = listener.boundAddress();
    String host = HostPort.text(bound.isAnyLocalAddress() ? local : bound);
    String advertise = settings.advertise();
    String address =
        advertise.isEmpty()
            ? new HostPort(host, port).toString()
            : HostPort.advertised(advertise, port);
    boolean going = leaving;
    ClientUrls told = going ? ClientUrls.NONE : urls;
    return new RouteInfo(
        self.serverId(),
        self.serverName(),
        self.version(),
        RouteInfo.TRACING,
        name.text(),
        name.isMadeUp(),
        !settings.user().isEmpty(),
        settings.tls() != null,
        self.jetStream(),
        self.maxPayload(),
        self.host(),
        port,
        "nats-route://" + address + "/",
        told.tcp(),
        told.webSocket(),
        settings.permissions(),
        going,
        true,
        compression,
        server.leafUrl());
  }

  /** Refuses servers that this one can't be in a cluster with. */
  @Override
  public void check(RouteInfo other) throws ProtocolException {
    if (cutOff.contains(other.serverName())) {
      String text =
          "the link between " + self.serverName() + " and " + other.serverName() + " is cut";
      throw new ProtocolException(text, text);
    }
    if (other.jetStream() && self.jetStream() && !server.replicatesWith(other.serverId())) {
      String text =
          "only one server of a cluster can have JetStream, which is not replicated: both "
              + self.serverName()
              + " and "
              + other.serverName()
              + " have it. Leave jetstream out of the configuration of one of them, or run"
              + " nats-servers for replicas";
      throw new ProtocolException(text, text);
    }
  }

  /** Returns whether this server may ask another one for a route. */
  boolean request(Route route, RouteInfo other) {
    String id = other.serverId();
    URI url = route.target();
    if (url != null) {
      targets.resolved(url, id);
    }
    return routes.request(route, id);
  }

  /** Returns whether to establish a route, see {@link RouteTable#establish}. */
  boolean accept(Route route) {
    return routes.establish(
        route,
        replaced ->
            time.schedule(
                0, new SupervisedTask(() -> replaced.close("duplicate route"), replaced)));
  }

  /** Names the other server of an established route to all others, and to clients. */
  void established(Route route) {
    RouteInfo other = route.remote();
    if (other == null) {
      return;
    }
    log.info("{}: route to {} established", route, other.serverName());
    byte[] line = other.line();
    routes.others(route).forEach(each -> each.send(line));
    // Noted here: the route may have ended again by the time that somebody looks at it.
    if (!other.connectUrls().isEmpty() || !other.webSocketUrls().isEmpty()) {
      metOthers = true;
    }
    changed();
    // Where the link was cut meanwhile.
    abortIfCutOff(route);
  }

  /** Connects to a server that another one has named, unless there is a route to it. */
  @Override
  public void addImplicit(RouteInfo other) {
    URI url = other.address();
    if (url == null
        || routes.isClosed()
        || leaving
        || other.serverId().equals(serverId())
        || routes.isConnectedTo(other.serverId())) {
      return;
    }
    log.debug("Heard of {} at {}", other.serverName(), url);
    targets.addImplicit(url, other.serverId());
  }

  /** Notes the end of a route, and reconnects later where this server is to. */
  void ended(Route route) {
    if (routes.end(route)) {
      targets.reconnect(route.remoteId());
      changed();
    }
  }

  /** Tells the server that something may have changed that clients are told. */
  @Override
  public void changed() {
    if (!routes.isClosed()) {
      long changes = routes.changes();
      server.clusterChanged();
      routes.announced(changes);
    }
  }

  // ---- What the server asks.

  /** Returns the TCP port for other servers. */
  public int port() {
    return listener.port();
  }

  /** Returns the name of the cluster now. */
  public String name() {
    return name.text();
  }

  /**
   * Returns where clients can connect to: to this server, and to those it has routes to. As in
   * nats-server, there are none until this server has met another one, nor when it advertises none
   * itself.
   */
  public ClientUrls clientUrls() {
    ClientUrls others = ClientUrls.NONE;
    for (Route route : routes.established()) {
      RouteInfo other = route.remote();
      if (other != null) {
        others = others.and(new ClientUrls(other.connectUrls(), other.webSocketUrls()));
      }
    }
    if (!others.isEmpty()) {
      metOthers = true;
    }
    if (urls.isEmpty() || !metOthers) {
      return ClientUrls.NONE;
    }
    return leaving ? others : urls.and(others);
  }

  /** Returns where leaf nodes connect to the other servers, each {@code host:port}. */
  public List<String> leafUrls() {
    return routes.established().stream()
        .map(Route::remote)
        .filter(other -> other != null && !other.leafUrl().isEmpty())
        .map(RouteInfo::leafUrl)
        .distinct()
        .sorted()
        .toList();
  }

  /** Returns the established routes. */
  public Collection<Route> routes() {
    return routes.established();
  }

  /**
   * Waits until there are so many routes, no more and no fewer, and clients are told of them.
   *
   * @return false if it is not so after {@code patience}, in real time, or this is closed
   */
  public boolean awaitRoutes(int count, Duration patience) throws InterruptedException {
    return routes.await(count, patience);
  }

  /**
   * Ends the routes to these servers and has none to them from now on, as if the network were cut;
   * those to all others may be again, see {@link #reconnect}.
   */
  public void cutOff(Set<String> serverNames) {
    cutOff = Set.copyOf(serverNames);
    routes().forEach(this::abortIfCutOff);
  }

  /** Has what goes to other servers, by their names, arrive as this says; other links are whole. */
  public void link(Map<String, RouteCondition> conditions) {
    links = Map.copyOf(conditions);
    routes().forEach(route -> route.link(link(route.remoteName())));
  }

  RouteCondition link(String serverName) {
    return links.getOrDefault(serverName, RouteCondition.WHOLE);
  }

  private void abortIfCutOff(Route route) {
    RouteInfo other = route.remote();
    if (other != null && cutOff.contains(other.serverName())) {
      route.abort("the link is cut");
    }
  }

  /** Connects at once to the servers that it would try again later. */
  public void reconnect() {
    targets.retry();
  }

  /** Returns the activity of the established routes. */
  public Activity activity() {
    return work;
  }

  PeerActivity work() {
    return work;
  }

  /** Returns the traffic of all routes so far, including closed ones. */
  public PeerTotals totals() {
    return routes.totals();
  }

  /** Asks the other servers to send no more clients here. */
  public void lameDuck() {
    leaving = true;
    routes().forEach(Route::sendInfo);
    changed();
  }

  /** Ends all routes. Returns when all threads have ended. */
  @Override
  public void close() {
    List<Route> open = routes.close();
    threads.stop();
    listener.close();
    open.forEach(route -> route.close("server shutdown"));
    listener.join(CLOSE_PATIENCE);
    threads.join(CLOSE_PATIENCE);
    open.forEach(route -> route.abort("server shutdown"));
    threads.join(ABORT_PATIENCE);
  }

  private boolean routesAreIdle() {
    return routes().stream().allMatch(Route::isIdle);
  }

  /** Connects to other servers for {@link SolicitedRoutes}. */
  private final class Dialing implements SolicitedRoutes.Dialer {
    @Override
    public TimeSource time() {
      return time;
    }

    @Override
    public String serverId() {
      return self.serverId();
    }

    @Override
    public int retries() {
      return settings.connectRetries();
    }

    @Override
    public boolean backsOff() {
      return settings.connectBackoff();
    }

    @Override
    public boolean isClosing() {
      return routes.isClosed();
    }

    @Override
    public boolean isConnectedTo(String id) {
      return routes.isConnectedTo(id);
    }

    @Override
    public boolean spawn(String threadName, Runnable task) {
      return threads.spawn(threadName, task);
    }

    @Override
    public boolean dial(URI url, boolean configured) throws IOException {
      Route route = connect(url, configured);
      serve(route);
      return route.hasHeld();
    }
  }
}
