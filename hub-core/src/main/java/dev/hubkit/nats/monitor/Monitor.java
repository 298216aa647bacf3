package dev.hubkit.nats.monitor;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.tls.TlsContext;
import dev.hubkit.nats.tls.TlsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers questions about a server over HTTP or HTTPS, as nats-server's monitoring port does. */
public final class Monitor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Monitor.class);
  private static final int THREADS = 2;
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

  private final HttpServer http;
  private final ExecutorService threads;
  private final Reports reports;
  private final String base;

  private Monitor(HttpServer http, ExecutorService threads, Reports reports, String base) {
    this.http = http;
    this.threads = threads;
    this.reports = reports;
    this.base = base;
  }

  /**
   * Starts to answer.
   *
   * @param address port 0 takes a free one
   * @param basePath what all paths begin with; empty for nothing
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
    HttpServer http;
    if (tls == null) {
      http = HttpServer.create(address, 0);
    } else {
      HttpsServer secured = HttpsServer.create(address, 0);
      SSLParameters parameters = parameters(tls);
      secured.setHttpsConfigurator(
          new HttpsConfigurator(tls.sslContext()) {
            @Override
            public void configure(HttpsParameters connection) {
              connection.setSSLParameters(parameters);
            }
          });
      http = secured;
    }
    AtomicInteger count = new AtomicInteger();
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, threadName + "-" + count.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    Monitor monitor = new Monitor(http, threads, reports, normal(basePath));
    monitor.serve();
    http.setExecutor(threads);
    http.start();
    return monitor;
  }

  private static SSLParameters parameters(TlsContext tls) throws IOException {
    try {
      return tls.parameters();
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static String normal(String path) {
    String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return trimmed.isEmpty() || trimmed.startsWith("/") ? trimmed : "/" + trimmed;
  }

  private void serve() {
    for (Reports.Page page : Reports.Page.values()) {
      page.paths().forEach(path -> page(path, page));
    }
    http.createContext(base + "/healthz", this::health);
    http.createContext(base + "/debug/vars", this::variables);
    // A server by itself has no Raft groups to tell of.
    http.createContext(
        base + "/raftz",
        exchange -> send(exchange, 404, PLAIN_TEXT, text("No Raft nodes registered")));
    http.createContext(base + "/", this::index);
  }

  private void page(String path, Reports.Page page) {
    http.createContext(
        base + path,
        exchange -> {
          if (!exchange.getRequestURI().getPath().equals(base + path)) {
            send(exchange, 404, PLAIN_TEXT, text("404 page not found\n"));
            return;
          }
          reports.countRequest(path);
          try {
            Query query = Query.of(exchange.getRequestURI().getRawQuery());
            JsonWriter json = JsonWriter.pretty();
            reports.write(page, json, query);
            exchange.getResponseHeaders().set("Access-Control-Allow-Origin", "*");
            send(exchange, 200, "application/json", json.toBytes());
          } catch (Query.BadQueryException e) {
            send(exchange, 400, PLAIN_TEXT, text(String.valueOf(e.getMessage())));
          } catch (RuntimeException e) {
            log.error("Answering {} failed", path, e);
            send(exchange, 500, PLAIN_TEXT, text("internal error\n"));
          }
        });
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", type);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(status, -1);
        return;
      }
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
      send(exchange, status, "application/json", json.toBytes());
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
    if (!path.equals(base + "/") && !path.equals(base)) {
      send(exchange, 404, PLAIN_TEXT, text("404 page not found\n"));
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

  /** The port it listens on. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** Stops at once; returns when its threads have been told to end. */
  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }
}
