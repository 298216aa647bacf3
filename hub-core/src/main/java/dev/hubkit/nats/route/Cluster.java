package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.tls.PinnedKeys;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.nats.wire.ServerInfo;
import dev.hubkit.nats.work.Activity;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's part in its cluster: it listens for other servers, connects to those it is configured
 * to or hears of, and keeps one route to each. A message goes from the server it is published at
 * straight to those that want it and no further, so there are no loops, whatever the routes.
 *
 * <p>Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Cluster.class);
  // DEFAULT_ROUTE_RECONNECT and DEFAULT_ROUTE_DIAL of nats-server.
  private static final Duration RECONNECT = Duration.ofSeconds(1);
  private static final int CONNECT_MILLIS = 1_000;
  private static final int HANDSHAKE_MILLIS = 2_000;
  private static final int BACKLOG = 64;
  // Sockets of servers that have not introduced themselves.
  private static final int MOST_STRANGERS = 64;
  private static final Duration CLOSE_PATIENCE = Duration.ofMillis(500);

  private final RouteSettings settings;
  private final ServerInfo self;
  private final String clientHost;
  private final List<String> ownUrls;
  private final TimeSource time;
  private final Function<String, Account> accounts;
  private final Runnable changed;
  private final String threads;
  private final ServerSocket acceptor;
  private final Thread acceptThread;
  private final SharedInterest interest = new SharedInterest();
  private final AtomicLong lastId = new AtomicLong();
  private final RouteWork work = new RouteWork(this::routes);
  private final Set<Thread> serving = ConcurrentHashMap.newKeySet();

  // All guarded by this object's monitor.
  private final Map<String, Route> established = new HashMap<>();
  private final Set<Route> strangers = new HashSet<>();
  // Those of the strangers that this server has asked for a route.
  private final Set<Route> asking = new HashSet<>();
  private final Set<Target> targets = new LinkedHashSet<>();
  private String name;
  private boolean dynamicName;
  private boolean metOthers;
  private boolean leaving;
  private boolean closing;

  /** A server to connect to. Guarded by the cluster's monitor. */
  private static final class Target {
    private final URI url;
    private final boolean configured;
    private @Nullable String serverId;
    private boolean busy;
    private int failures;

    private Target(URI url, boolean configured) {
      this.url = url;
      this.configured = configured;
    }
  }

  private Cluster(
      RouteSettings settings,
      ServerInfo self,
      List<String> ownUrls,
      TimeSource time,
      Function<String, Account> accounts,
      Runnable changed,
      ServerSocket acceptor) {
    this.settings = settings;
    this.self = self;
    this.clientHost = self.host();
    this.ownUrls = List.copyOf(ownUrls);
    this.time = time;
    this.accounts = accounts;
    this.changed = changed;
    this.acceptor = acceptor;
    this.threads = "nats-" + self.port() + "-";
    this.dynamicName = settings.name().isEmpty();
    // A made-up name only has to differ from others'.
    this.name = dynamicName ? self.serverId().substring(0, 22) : settings.name();
    this.acceptThread = new Thread(this::accept, threadName("routes"));
    this.acceptThread.setDaemon(true);
  }

  /**
   * Listens for other servers.
   *
   * @param self what the server tells clients of itself
   * @param ownUrls where clients connect to it, as other servers are to tell their clients; empty
   *     to have them tell nothing
   * @param accounts finds the account of a name
   * @param changed called when {@link #connectUrls} may have changed, on any thread
   * @throws IOException if the address can't be listened on
   */
  public static Cluster listen(
      RouteSettings settings,
      ServerInfo self,
      List<String> ownUrls,
      TimeSource time,
      Function<String, Account> accounts,
      Runnable changed)
      throws IOException {
    ServerSocket acceptor = new ServerSocket();
    try {
      acceptor.setReuseAddress(true);
      acceptor.bind(new InetSocketAddress(settings.host(), Math.max(0, settings.port())), BACKLOG);
    } catch (IOException | RuntimeException e) {
      acceptor.close();
      throw e;
    }
    return new Cluster(settings, self, ownUrls, time, accounts, changed, acceptor);
  }

  /** Begins to accept other servers and to connect to those it is configured to. */
  public void start() {
    acceptThread.start();
    settings.routes().forEach(url -> connect(new Target(url, true)));
  }

  /** What has to be told of the subscriptions of every account. */
  public InterestObserver observer() {
    return interest;
  }

  // ---- Connecting.

  private void connect(Target target) {
    synchronized (this) {
      targets.add(target);
    }
    dial(target);
  }

  private void dial(Target target) {
    Thread thread;
    synchronized (this) {
      String id = target.serverId;
      if (closing || target.busy || (id != null && established.containsKey(id))) {
        return;
      }
      target.busy = true;
      thread =
          new Thread(
              () -> {
                try {
                  reach(target);
                } finally {
                  serving.remove(Thread.currentThread());
                  again(target);
                }
              },
              threadName("route-to-" + target.url.getHost() + ":" + target.url.getPort()));
      thread.setDaemon(true);
      serving.add(thread);
    }
    thread.start();
  }

  private void reach(Target target) {
    URI url = target.url;
    Socket socket = new Socket();
    try {
      InetSocketAddress address = new InetSocketAddress(url.getHost(), url.getPort());
      socket.connect(address, CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      Socket secured = secure(socket, url.getHost(), true);
      Route route = new Route(lastId.incrementAndGet(), this, secured, url, target.configured);
      serve(route);
      synchronized (this) {
        target.failures = route.hasHeld() ? 0 : target.failures + 1;
      }
    } catch (IOException | IllegalArgumentException e) {
      close(socket);
      synchronized (this) {
        target.failures++;
      }
      log.debug("Error trying to connect to route at {}: {}", url, e.getMessage());
    }
  }

  // Decides whether and when a server is tried again that has no route now.
  private void again(Target target) {
    boolean retry;
    synchronized (this) {
      target.busy = false;
      String id = target.serverId;
      boolean self = id != null && id.equals(serverId());
      boolean gaveUp = !target.configured && target.failures > settings.connectRetries();
      retry = !closing && !self && !gaveUp;
      if (!target.configured && !retry) {
        targets.remove(target);
      }
    }
    if (retry) {
      time.schedule(RECONNECT, () -> dial(target));
    }
  }

  /** Tells which server a target leads to. */
  private synchronized void found(URI url, String id) {
    for (Target target : targets) {
      if (target.url.equals(url)) {
        target.serverId = id;
      }
    }
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = acceptor.accept();
      } catch (IOException e) {
        return;
      }
      Thread thread = new Thread(() -> welcome(socket), threadName("route-in"));
      thread.setDaemon(true);
      synchronized (this) {
        if (closing || strangers.size() >= MOST_STRANGERS) {
          close(socket);
          continue;
        }
        serving.add(thread);
      }
      thread.start();
    }
  }

  private void welcome(Socket socket) {
    try {
      socket.setTcpNoDelay(true);
      Socket secured = secure(socket, socket.getInetAddress().getHostAddress(), false);
      serve(new Route(lastId.incrementAndGet(), this, secured, null, false));
    } catch (IOException e) {
      log.debug("A server that connected got no further: {}", e.getMessage());
      close(socket);
    } finally {
      serving.remove(Thread.currentThread());
    }
  }

  private void serve(Route route) {
    synchronized (this) {
      if (!closing) {
        strangers.add(route);
      }
    }
    if (isClosing()) {
      route.abort("server shutdown");
    }
    try {
      route.serve();
    } finally {
      synchronized (this) {
        strangers.remove(route);
      }
    }
  }

  private synchronized boolean isClosing() {
    return closing;
  }

  // As nats-server has it on routes, the handshake comes before everything else.
  private Socket secure(Socket socket, String host, boolean client) throws IOException {
    TlsContext tls = settings.tls();
    if (tls == null) {
      return socket;
    }
    socket.setSoTimeout(HANDSHAKE_MILLIS);
    SSLSocket secured =
        (SSLSocket)
            tls.sslContext().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
    secured.setUseClientMode(client);
    try {
      SSLParameters parameters = tls.parameters();
      if (client && !tls.settings().insecure()) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      secured.setSSLParameters(parameters);
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
    secured.startHandshake();
    if (!PinnedKeys.allow(tls.settings(), secured.getSession())) {
      throw new IOException("the other server's certificate is not among those pinned");
    }
    socket.setSoTimeout(0);
    return secured;
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.trace("A socket that is of no use can't be closed", e);
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

  String threadName(String part) {
    return threads + part;
  }

  SharedInterest interest() {
    return interest;
  }

  Account account(String accountName) {
    return accounts.apply(accountName);
  }

  /** What this server tells the other end of a route. */
  synchronized RouteInfo info(InetAddress local) {
    int port = acceptor.getLocalPort();
    String address = settings.advertise();
    if (address.isEmpty()) {
      InetAddress bound = acceptor.getInetAddress();
      String host = (bound.isAnyLocalAddress() ? local : bound).getHostAddress();
      address = (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    } else if (address.lastIndexOf(':') <= address.lastIndexOf(']')) {
      address = address + ":" + port;
    }
    return new RouteInfo(
        self.serverId(),
        self.serverName(),
        self.version(),
        name,
        dynamicName,
        !settings.user().isEmpty(),
        settings.tls() != null,
        self.jetStream(),
        self.maxPayload(),
        clientHost,
        port,
        "nats-route://" + address + "/",
        leaving ? List.of() : ownUrls,
        leaving);
  }

  /**
   * Takes on the name of the cluster another server is in, if this one's was made up and the
   * other's was not, or is the greater.
   *
   * @throws ProtocolException if the names are different ones
   */
  synchronized void agreeOnName(String other, boolean dynamic) throws ProtocolException {
    if (other.isEmpty() || other.equals(name)) {
      return;
    }
    if (dynamicName && (!dynamic || name.compareTo(other) < 0)) {
      name = other;
      dynamicName = dynamic;
    } else if (!dynamic) {
      String text =
          "Rejecting connection, cluster name \"" + other + "\" does not match \"" + name + "\"";
      throw new ProtocolException(text, text);
    }
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

  /** Whether the route to a server that this one has connected to is wanted. */
  synchronized boolean isWelcome(Route route, RouteInfo other) {
    String id = other.serverId();
    URI url = route.target();
    if (url != null) {
      found(url, id);
    }
    if (closing || id.equals(serverId()) || established.containsKey(id) || isAsking(id)) {
      return false;
    }
    asking.add(route);
    return true;
  }

  private boolean isAsking(String id) {
    return asking.stream().anyMatch(each -> each.remoteId().equals(id));
  }

  /**
   * Whether a route holds. Where two servers have connected to each other at the same time, both
   * keep the route that the server with the smaller id has asked for.
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
      time.schedule(0, () -> there.close("duplicate route"));
    }
    established.put(id, route);
    strangers.remove(route);
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
    Target target;
    synchronized (this) {
      if (url == null
          || closing
          || leaving
          || other.serverId().equals(serverId())
          || established.containsKey(other.serverId())
          || targets.stream()
              .anyMatch(each -> other.serverId().equals(each.serverId) || each.url.equals(url))) {
        return;
      }
      target = new Target(url, false);
      target.serverId = other.serverId();
    }
    log.debug("Heard of {} at {}", other.serverName(), url);
    connect(target);
  }

  /** A route has come to its end. */
  void ended(Route route) {
    boolean held;
    List<Target> waiting;
    synchronized (this) {
      strangers.remove(route);
      asking.remove(route);
      held = established.remove(route.remoteId(), route);
      waiting =
          held && !closing
              ? targets.stream()
                  .filter(each -> route.remoteId().equals(each.serverId) && !each.busy)
                  .toList()
              : List.of();
    }
    waiting.forEach(target -> time.schedule(RECONNECT, () -> dial(target)));
    if (held) {
      changed();
    }
  }

  /** Something that clients are told of may have changed. */
  void changed() {
    if (!isClosing()) {
      changed.run();
    }
  }

  // ---- What the server asks.

  /** The TCP port for other servers. */
  public int port() {
    return acceptor.getLocalPort();
  }

  /** The name of the cluster now. */
  public synchronized String name() {
    return name;
  }

  synchronized boolean isNameDynamic() {
    return dynamicName;
  }

  /**
   * Where clients can connect to: to this server, and to those it has routes to. As nats-server has
   * it, there is nothing to tell until another server has been met, nor by one that tells others
   * nothing of itself.
   */
  public synchronized List<String> connectUrls() {
    Set<String> others = new LinkedHashSet<>();
    for (Route route : established.values()) {
      RouteInfo other = route.remote();
      if (other != null) {
        others.addAll(other.connectUrls());
      }
    }
    metOthers |= !others.isEmpty();
    if (ownUrls.isEmpty() || !metOthers) {
      return List.of();
    }
    Set<String> urls = new LinkedHashSet<>(leaving ? List.of() : ownUrls);
    urls.addAll(others);
    return List.copyOf(urls);
  }

  /** The routes that hold now. */
  public synchronized Collection<Route> routes() {
    return List.copyOf(established.values());
  }

  /** What the routes that hold have to do. */
  public Activity activity() {
    return work;
  }

  RouteWork work() {
    return work;
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
      open = new ArrayList<>(established.values());
      open.addAll(strangers);
    }
    try {
      acceptor.close();
    } catch (IOException e) {
      log.warn("Closing the port for routes failed", e);
    }
    open.forEach(route -> route.close("server shutdown"));
    join(acceptThread, CLOSE_PATIENCE);
    long end = System.nanoTime() + CLOSE_PATIENCE.toNanos();
    for (Thread thread : List.copyOf(serving)) {
      join(thread, Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime())));
    }
    open.forEach(route -> route.abort("server shutdown"));
    for (Thread thread : List.copyOf(serving)) {
      join(thread, Duration.ofSeconds(10));
    }
  }

  private static void join(Thread thread, Duration patience) {
    if (thread == Thread.currentThread()) {
      return;
    }
    boolean interrupted = false;
    long end = System.nanoTime() + patience.toNanos();
    for (long left = patience.toMillis(); thread.isAlive() && left > 0; ) {
      try {
        thread.join(Math.max(1, left));
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = (end - System.nanoTime()) / 1_000_000;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
