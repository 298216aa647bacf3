package dev.hubkit.nats.monitor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.hubkit.http.HttpServerOptions;
import dev.hubkit.http.NioHttpServer;
import dev.hubkit.http.SizeLimits;
import dev.hubkit.http.TimeLimits;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.MemoryShare;
import dev.hubkit.work.MemoryShortageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers questions about a server over HTTP or HTTPS, as nats-server's monitoring port does. */
public final class Monitor implements AutoCloseable {
  private static final int THREADS = 2;

  // The head of a request, and the time it may take, are as large as nats-server has them.
  private static final int LARGEST_HEAD = (1 << 20) + 4096;
  private static final int MOST_HEADERS = 50_000;
  // There are as many reports at a time as threads.
  private static final int SMALL_REPORT = 64 * 1024;
  private static final int LARGEST_BODY = 1 << 20;
  private static final SizeLimits SIZES =
      SizeLimits.defaults()
          .withHeads(LARGEST_HEAD, LARGEST_HEAD, MOST_HEADERS)
          .withBody(LARGEST_BODY);
  private static final TimeLimits TIMES =
      TimeLimits.defaults().withHead(Duration.ofSeconds(5)).withIdle(Duration.ofMinutes(2));

  private static final String PLAIN_TEXT = "text/plain; charset=utf-8";
  private static final List<String> PAGES =
      List.of(
          "varz",
          "jsz",
          "connz",
          "accountz",
          "accstatz",
          "subsz",
          "routez",
          "leafz",
          "gatewayz",
          "healthz",
          "debug/vars");

  private final NioHttpServer http;
  private final Reports reports;
  private final String base;

  private Monitor(NioHttpServer http, Reports reports, String base) {
    this.http = http;
    this.reports = reports;
    this.base = base;
  }

  /**
   * Starts the monitor.
   *
   * @param address port 0 takes a free one
   * @param basePath the prefix of all paths; empty for none
   * @param tls for HTTPS; null for HTTP
   * @throws IOException if the address cannot be listened on
   */
  public static Monitor start(
      InetSocketAddress address,
      String basePath,
      @Nullable TlsContext tls,
      Reports reports,
      String threadName)
      throws IOException {
    HttpServerOptions options =
        HttpServerOptions.of(threadName, THREADS, reports.server().time())
            .withSizes(SIZES)
            .withTimes(TIMES)
            .withCleanPaths()
            .withHealth(reports.server().health());
    NioHttpServer http =
        NioHttpServer.create(address, tls == null ? options : options.withTls(tls::serverEngine));
    Monitor monitor = new Monitor(http, reports, normal(basePath));
    monitor.serve();
    http.start();
    return monitor;
  }

  private static String normal(String path) {
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return trimmed.isEmpty() || trimmed.startsWith("/") ? trimmed : "/" + trimmed;
  }

  private void serve() {
    for (Reports.Page page : Reports.Page.values()) {
      page.paths().forEach(path -> page(path, page));
    }
    exactly("/healthz", this::health);
    exactly("/debug/vars", this::variables);
    exactly("/stacksz", exchange -> report(exchange, 200, text(RuntimeProfile.threads())));
    exactly("/ipqueuesz", this::queues);
    // A single server has no Raft groups.
    exactly(
        "/raftz", exchange -> send(exchange, 404, PLAIN_TEXT, text("No Raft nodes registered")));
    if (base.isEmpty()) {
      http.createContext("/", this::index);
    } else {
      exactly("", this::index);
      http.createContext("/", Monitor::notFound);
    }
  }

  /** Registers a handler for exactly this path, not for longer ones that begin with it. */
  private void exactly(String path, HttpHandler handler) {
    http.createContext(
        base + path,
        exchange -> {
          if (exchange.getRequestURI().getPath().equals(base + path)) {
            handler.handle(exchange);
          } else {
            notFound(exchange);
          }
        });
  }

  private void page(String path, Reports.Page page) {
    exactly(
        path,
        exchange -> {
          if (page.countsMistakes()) {
            reports.countRequest(page.path());
          }
          try (MemoryShare memory =
              new MemoryShare(MemoryBudget.ANSWERS, "the report", SMALL_REPORT)) {
            Query query = Query.of(exchange.getRequestURI().getRawQuery());
            JsonWriter json = JsonWriter.pretty(memory);
            reports.write(page, json, query);
            if (!page.countsMistakes()) {
              reports.countRequest(page.path());
            }
            report(exchange, 200, json.toBytes());
          } catch (MemoryShortageException e) {
            send(exchange, 503, PLAIN_TEXT, text(e.getMessage() + "\n"));
          } catch (Query.BadQueryException e) {
            send(exchange, 400, PLAIN_TEXT, text(String.valueOf(e.getMessage())));
          }
        });
  }

  // A page of a browser may read it wherever that page comes from.
  private static void report(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
    send(exchange, status, "application/json", body);
  }

  private static void notFound(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    send(exchange, 404, PLAIN_TEXT, text("404 page not found\n"));
  }

  // There are no queues of nats-server's kind between the threads, whichever are asked for.
  private void queues(HttpExchange exchange) throws IOException {
    try {
      Query.of(exchange.getRequestURI().getRawQuery()).bool("all");
      report(exchange, 200, text("{}"));
    } catch (Query.BadQueryException e) {
      send(exchange, 400, PLAIN_TEXT, text(String.valueOf(e.getMessage())));
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private void health(HttpExchange exchange) throws IOException {
    reports.countRequest("/healthz");
    try {
      Query query = Query.of(exchange.getRequestURI().getRawQuery());
      JsonWriter json = JsonWriter.compact();
      int status = reports.health(json, query, false);
      report(exchange, status, json.toBytes());
    } catch (Query.BadQueryException e) {
      send(exchange, 400, PLAIN_TEXT, text(String.valueOf(e.getMessage())));
    }
  }

  private void variables(HttpExchange exchange) throws IOException {
    JsonWriter json = JsonWriter.pretty();
    reports.variables(json);
    send(exchange, 200, "application/json; charset=utf-8", json.toBytes());
  }

  private void index(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (!path.equals(base.isEmpty() ? "/" : base)) {
      notFound(exchange);
      return;
    }
    reports.countRequest("/");
    StringBuilder html = new StringBuilder("<html lang=\"en\"><body><h1>NATS</h1>\n");
    for (String page : PAGES) {
      html.append("<a href=\"./").append(page).append("\">").append(page).append("</a><br/>\n");
    }
    send(
        exchange,
        200,
        "text/html; charset=utf-8",
        text(html.append("</body></html>\n").toString()));
  }

  /** Returns the port it listens on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** Stops at once; returns when the port is free and the threads have ended. */
  @Override
  public void close() {
    http.stop(Duration.ZERO);
  }
}
