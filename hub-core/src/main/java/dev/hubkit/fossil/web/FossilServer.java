package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.http.HttpServerOptions;
import dev.hubkit.http.NioHttpServer;
import dev.hubkit.http.SizeLimits;
import dev.hubkit.work.Health;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Serves a repository over HTTP: the sync protocol to Fossil clients, at any path, and pages to
 * browsers; and {@linkplain #serve others} below paths of their own. Thread-safe.
 */
public final class FossilServer implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final NioHttpServer http;
  private final FossilServerOptions options;
  private final RepositoryMount served;
  private final ConcurrentHashMap<String, RepositoryMount> others = new ConcurrentHashMap<>();
  private final Health health = new Health();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final String host;

  private FossilServer(
      FossilRepository repository,
      FossilServerOptions options,
      UnaryOperator<HttpServerOptions> tuning)
      throws IOException {
    this.host = options.host();
    this.options = options;
    this.served = new RepositoryMount(repository, options, "");
    HttpServerOptions serving =
        HttpServerOptions.of("fossil-http", options.threads(), repository.time())
            .withSizes(SizeLimits.defaults().withBody(packed(options.largestMessage())))
            .withHealth(health)
            .withBodyLimit(new UploadLimit(this::repositoryAt));
    this.http =
        NioHttpServer.create(
            new InetSocketAddress(options.host(), options.port()), tuning.apply(serving));
  }

  // Incompressible bytes grow a little when they are packed.
  private static long packed(long size) {
    return size + size / 1000 + (1 << 20);
  }

  /**
   * Starts a server.
   *
   * @param repository the caller closes it after this server
   * @throws BindException if the port is in use or the address is not one of this machine
   * @throws IOException if the server cannot start for another reason; nothing is left behind
   */
  public static FossilServer start(FossilRepository repository, FossilServerOptions options)
      throws IOException {
    return start(repository, options, UnaryOperator.identity());
  }

  /** {@link #start(FossilRepository, FossilServerOptions)} with other limits on HTTP. */
  static FossilServer start(
      FossilRepository repository,
      FossilServerOptions options,
      UnaryOperator<HttpServerOptions> tuning)
      throws IOException {
    FossilServer server;
    try {
      server = new FossilServer(repository, options, tuning);
    } catch (BindException e) {
      BindException named =
          new BindException(
              "Cannot serve Fossil on "
                  + options.host()
                  + ":"
                  + options.port()
                  + ": "
                  + e.getMessage());
      named.initCause(e);
      throw named;
    } catch (SocketException e) {
      throw new IOException("Cannot serve Fossil on " + options.host() + ":" + options.port(), e);
    }
    server.http.createContext("/", server.served::handle);
    server.http.start();
    return server;
  }

  /**
   * Serves one more repository, below {@code /name/}, as {@code fossil server DIRECTORY} serves
   * several.
   *
   * @param name letters, digits, dashes and underscores
   * @param repository the caller closes it after {@link #withdraw}
   * @return the address to clone from, such as {@code http://127.0.0.1:8765/name}
   * @throws IllegalArgumentException if the name has other characters, or is taken
   */
  public String serve(String name, FossilRepository repository) {
    if (!name.matches("[A-Za-z0-9_-]{1,100}")) {
      throw new IllegalArgumentException("Not a name to serve a repository under: " + name);
    }
    String base = "/" + name;
    RepositoryMount added = new RepositoryMount(repository, options, base);
    if (others.putIfAbsent(name, added) != null) {
      throw new IllegalArgumentException("There is a repository " + name + " already");
    }
    http.createContext(base, exchange -> handle(base, added, exchange));
    return url() + name;
  }

  // A context matches the beginning of a path, which need not end at a slash.
  private void handle(String base, RepositoryMount other, HttpExchange exchange)
      throws IOException {
    (isBelow(base, exchange.getRequestURI().getPath()) ? other : served).handle(exchange);
  }

  private static boolean isBelow(String base, String path) {
    return path.startsWith(base)
        && (path.length() == base.length() || path.charAt(base.length()) == '/');
  }

  private RepositoryMount repositoryAt(String path) {
    for (Map.Entry<String, RepositoryMount> other : others.entrySet()) {
      if (isBelow("/" + other.getKey(), path)) {
        return other.getValue();
      }
    }
    return served;
  }

  /**
   * Stops serving a repository of {@link #serve}, and waits a few seconds for running requests.
   * Does nothing when it is not served.
   */
  public void withdraw(String name) {
    withdraw(name, GRACE);
  }

  private void withdraw(String name, Duration grace) {
    RepositoryMount withdrawn = others.remove(name);
    if (withdrawn != null) {
      http.removeContext("/" + name);
      if (withdrawn.stop(grace)) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Which parts of the server cannot go on. */
  @SuppressWarnings("exports")
  public Health health() {
    return health;
  }

  /** The port that the server listens on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** The address to clone from, such as {@code http://127.0.0.1:8765/}. */
  public String url() {
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port() + "/";
  }

  /**
   * Stops listening, waits a few seconds for running requests, then cuts them off. Afterwards the
   * server holds no thread and no port. Closing twice does nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    end(GRACE);
  }

  /**
   * Closes as {@link #close()} does, but cuts off running requests at once, as the end of the
   * process does.
   */
  public void crash() {
    if (closed.compareAndSet(false, true)) {
      end(Duration.ZERO);
    }
  }

  private void end(Duration grace) {
    long end = System.nanoTime() + grace.toNanos();
    others.keySet().forEach(name -> withdraw(name, until(end)));
    boolean interrupted = served.stop(until(end));
    http.stop(until(end));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Duration until(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }
}
