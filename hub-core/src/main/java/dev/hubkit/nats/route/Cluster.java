package dev.hubkit.nats.route;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.account.Permissions;
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
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A server's part in its cluster: it listens for other servers, connects to those it is configured
 * to or hears of, and keeps one route to each. A message goes from the server it is published at
 * straight to those that want it and no further, so there are no loops, whatever the routes.
 *
 * <p>Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private static final Log log = Log.of(Cluster.class);
  // Sockets of servers that have not introduced themselves.
  private static final int MOST_STRANGERS = 64;
  private static final Duration CLOSE_PATIENCE = Duration.ofMillis(500);
  private static final Duration ABORT_PATIENCE = Duration.ofSeconds(5);

  private final Supervisor supervisor;
  private final ServerInfo self;
  private final TimeSource time;
  private final LocalServer server;
  private final RouteListener listener;
  private final RouteThreads threads;
  private final SharedInterest interest = new SharedInterest();
  private final SolicitedRoutes targets = new SolicitedRoutes(new Dialing());
  private final ClusterName name;
  private final AtomicLong lastId = new AtomicLong();
  private final RouteWork work = new RouteWork(this::routesAreIdle);
  private volatile RouteSettings settings;
  private volatile ClientUrls urls;

  // All guarded by this object's monitor.
  private final Map<String, Route> established = new HashMap<>();
  // All that are served, also those that have not introduced themselves.
  private final Set<Route> served = new HashSet<>();
  // Those that this server has asked for a route.
  private final Set<Route> asking = new HashSet<>();
  private RouteTotals ended = RouteTotals.NONE;
  private boolean metOthers;
  private boolean leaving;
  private boolean closing;

  private Cluster(
      RouteSettings settings,
      ServerInfo self,
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
    this.threads = new RouteThreads(supervisor, "nats-" + self.port() + "-");
    this.listener = new RouteListener(held, supervisor, this::take);
    this.name = new ClusterName(settings.name(), self.serverId());
  }

  /**
   * Takes the port for other servers, who are let in when {@link #start} is called.
   *
   * @param self what the server tells clients of itself
   * @param urls where clients connect to it, as other servers are to tell their clients
   * @param server what the cluster asks about and tells
   * @throws IOException if the address can't be had
   */
  public static Cluster prepare(
      RouteSettings settings, ServerInfo self, ClientUrls urls, TimeSource time, LocalServer server)
      throws IOException {
    ReservedPort held =
        ReservedPort.hold(new InetSocketAddress(settings.host(), Math.max(0, settings.port())));
    return new Cluster(settings, self, urls, time, server, held);
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

  /** Returns what has to be told of the subscriptions of every account. */
  public InterestObserver observer() {
    return interest;
  }

  /**
   * Takes over other settings, but for the listener's: connects to the servers that are new among
   * the routes and closes the routes to those that are not there any more; lets through what the
   * permissions say now.
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
      } else if (!other.permissions().equals(before.permissions())) {
        route.permissions(other.permissions().permissions());
      }
    }
    routes().forEach(Route::sayInfo);
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
        RouteSocket.close(socket);
      }
    }
  }

  // On the listener's thread.
  private boolean take(Socket socket) {
    return !isCrowded() && threads.spawn("route-in", () -> welcome(socket));
  }

  private synchronized boolean isCrowded() {
    return served.size() - established.size() >= MOST_STRANGERS;
  }

  private void welcome(Socket socket) {
    try {
      WorkStep.ROUTE_WELCOME.reach();
      serve(route(RouteSocket.welcome(socket, settings.tls()), null, false));
    } catch (IOException e) {
      log.debug("A server that connected got no further: {}", e.getMessage());
      RouteSocket.close(socket);
    } catch (Throwable failure) {
      supervisor.failed("a route", failure, null);
      RouteSocket.close(socket);
    }
  }

  // Serves a route until its end.
  private void serve(Route route) {
    synchronized (this) {
      if (!closing) {
        served.add(route);
      }
    }
    if (isClosing()) {
      route.abort("server shutdown");
    }
    try {
      route.serve();
    } finally {
      // Again: one that another thread has closed may have been taken for one that holds since.
      ended(route);
      synchronized (this) {
        served.remove(route);
        ended = ended.plus(route.totals());
      }
    }
  }

  synchronized boolean isClosing() {
    return closing;
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

  String serverName() {
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

  ClusterName clusterName() {
    return name;
  }

  /** Returns what this server tells the other end of a route. */
  RouteInfo info(InetAddress local) {
    int port = port();
    InetAddress bound = listener.boundAddress();
    String host = (bound.isAnyLocalAddress() ? local : bound).getHostAddress();
    String advertise = settings.advertise();
    String address =
        advertise.isEmpty()
            ? new HostPort(host, port).toString()
            : HostPort.advertised(advertise, port);
    boolean going;
    synchronized (this) {
      going = leaving;
    }
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
        going);
  }

  /** Refuses servers that this one can't be in a cluster with. */
  void check(RouteInfo other) throws ProtocolException {
    if (other.jetStream() && self.jetStream()) {
      String text =
          "only one server of a cluster can have JetStream, which is not replicated: both "
              + self.serverName()
              + " and "
              + other.serverName()
              + " have it";
      throw new ProtocolException(text, text);
    }
  }

  synchronized boolean isConnectedTo(String id) {
    return established.containsKey(id);
  }

  /** Returns whether the route to a server that this one has connected to is wanted. */
  boolean isWelcome(Route route, RouteInfo other) {
    String id = other.serverId();
    URI url = route.target();
    if (url != null) {
      targets.found(url, id);
    }
    synchronized (this) {
      if (closing || id.equals(serverId()) || established.containsKey(id) || isAsking(id)) {
        return false;
      }
      asking.add(route);
      return true;
    }
  }

  private boolean isAsking(String id) {
    return asking.stream().anyMatch(each -> each.remoteId().equals(id));
  }

  /**
   * Returns whether a route holds. Where two servers have connected to each other at the same time,
   * both keep the route that the server with the smaller id has asked for.
   */
  synchronized boolean accept(Route route) {
    String id = route.remoteId();
    asking.remove(route);
    if (closing || id.equals(serverId())) {
      return false;
    }
    boolean mineWins = serverId().compareTo(id) < 0;
    Route there = established.get(id);
    if (there == null) {
      if (!route.isSolicited() && mineWins && isAsking(id)) {
        return false;
      }
    } else {
      // A server that asks again has lost the route it had.
      boolean replaces =
          route.isSolicited() == there.isSolicited()
              ? !route.isSolicited()
              : route.isSolicited() == mineWins;
      if (!replaces) {
        return false;
      }
      time.schedule(0, new SupervisedTask(() -> there.close("duplicate route"), there));
    }
    established.put(id, route);
    return true;
  }

  /** A route holds: others are told of its server, and clients of where it is. */
  void established(Route route) {
    RouteInfo other = route.remote();
    if (other == null) {
      return;
    }
    log.info("{}: route to {} holds", route, other.serverName());
    List<Route> others;
    synchronized (this) {
      others = established.values().stream().filter(each -> each != route).toList();
    }
    byte[] line = other.line();
    others.forEach(each -> each.say(line));
    changed();
  }

  /** A server that another one knows. */
  void hearOf(RouteInfo other) {
    URI url = other.address();
    synchronized (this) {
      if (url == null
          || closing
          || leaving
          || other.serverId().equals(serverId())
          || established.containsKey(other.serverId())) {
        return;
      }
    }
    log.debug("Heard of {} at {}", other.serverName(), url);
    targets.hearOf(url, other.serverId());
  }

  /** A route has come to its end. */
  void ended(Route route) {
    boolean held;
    synchronized (this) {
      asking.remove(route);
      held = established.remove(route.remoteId(), route);
      if (closing) {
        return;
      }
    }
    if (held) {
      targets.lost(route.remoteId());
      changed();
    }
  }

  /** Something that clients are told of may have changed. */
  void changed() {
    if (!isClosing()) {
      server.clusterChanged();
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
   * Returns where clients can connect to: to this server, and to those it has routes to. As
   * nats-server has it, there is nothing to tell until another server has been met, nor by one that
   * tells others nothing of itself.
   */
  public synchronized ClientUrls clientUrls() {
    ClientUrls others = ClientUrls.NONE;
    for (Route route : established.values()) {
      RouteInfo other = route.remote();
      if (other != null) {
        others = others.and(new ClientUrls(other.connectUrls(), other.webSocketUrls()));
      }
    }
    metOthers |= !others.isEmpty();
    if (urls.isEmpty() || !metOthers) {
      return ClientUrls.NONE;
    }
    return leaving ? others : urls.and(others);
  }

  /** Returns the routes that hold now. */
  public synchronized Collection<Route> routes() {
    return List.copyOf(established.values());
  }

  /** Returns what the routes that hold have to do. */
  public Activity activity() {
    return work;
  }

  RouteWork work() {
    return work;
  }

  /** Returns what has gone through routes so far, those that are closed included. */
  public synchronized RouteTotals totals() {
    RouteTotals totals = ended;
    for (Route route : served) {
      totals = totals.plus(route.totals());
    }
    return totals;
  }

  /** Tells the other servers to send no more clients here. */
  public void lameDuck() {
    List<Route> present;
    synchronized (this) {
      leaving = true;
      present = new ArrayList<>(established.values());
    }
    present.forEach(Route::sayInfo);
    changed();
  }

  /** Ends all routes. Returns when all threads have ended. */
  @Override
  public void close() {
    List<Route> open;
    synchronized (this) {
      closing = true;
      open = new ArrayList<>(served);
    }
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

  /** What the servers that this one connects to need of it. */
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
    public boolean isClosing() {
      return Cluster.this.isClosing();
    }

    @Override
    public boolean isConnectedTo(String id) {
      return Cluster.this.isConnectedTo(id);
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
