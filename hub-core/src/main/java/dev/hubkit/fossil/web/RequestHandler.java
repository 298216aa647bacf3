package dev.hubkit.fossil.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.sync.MessageFormat;
import dev.hubkit.fossil.sync.MessageLimit;
import dev.hubkit.fossil.sync.SyncObserver;
import dev.hubkit.fossil.sync.SyncReply;
import dev.hubkit.fossil.sync.SyncServer;
import dev.hubkit.fossil.sync.SyncSummary;
import dev.hubkit.log.Log;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Distinguishes sync messages from requests for pages by their content type, as C fossil does. */
final class RequestHandler {
  private static final Log log = Log.of(RequestHandler.class);
  private static final int WORTH_GZIP = 1024;

  private final FossilRepository repository;
  private final String base;
  private final SyncServer sync;
  private final Site site = new Site();
  private final @Nullable ExchangeObserver observer;
  private final @Nullable HttpFaultInjector faultInjector;

  /**
   * Makes a handler.
   *
   * @param base the path of the repository, such as {@code /other}; empty for the root
   */
  RequestHandler(FossilRepository repository, FossilServerOptions options, String base) {
    this.repository = repository;
    this.observer = options.observer();
    this.faultInjector = options.faultInjector();
    this.base = base;
    this.sync = new SyncServer(repository, options.largestMessage());
  }

  MessageLimit messageLimit() {
    return sync.limit();
  }

  void handle(HttpExchange exchange) throws IOException {
    if (observer == null) {
      serve(exchange, null);
      return;
    }
    AtomicReference<@Nullable SyncSummary> summary = new AtomicReference<>();
    try {
      serve(exchange, summary::set);
    } finally {
      observer.answered(
          new ExchangeObserver.Exchange(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              addressOf(exchange),
              exchange.getResponseCode(),
              summary.get()));
    }
  }

  private static String addressOf(HttpExchange exchange) {
    return exchange.getRemoteAddress().getAddress().getHostAddress();
  }

  private void serve(HttpExchange exchange, @Nullable SyncObserver syncObserver)
      throws IOException {
    String method = exchange.getRequestMethod();
    MessageFormat format = MessageFormat.of(exchange.getRequestHeaders().getFirst("Content-Type"));
    if (faultInjector != null && !passes(exchange, faultInjector, format != null)) {
      return;
    }
    if (format != null && method.equals("POST")) {
      exchangeMessages(exchange, format, syncObserver);
    } else if (method.equals("GET") || method.equals("HEAD")) {
      show(exchange, method.equals("HEAD"));
    } else {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      exchange.sendResponseHeaders(405, -1);
    }
  }

  private boolean passes(HttpExchange exchange, HttpFaultInjector injector, boolean isSync)
      throws IOException {
    HttpFaultInjector.HttpFault fault =
        injector.inject(exchange.getRequestMethod(), exchange.getRequestURI().getPath(), isSync);
    return fault == null || FaultyExchange.apply(exchange, fault, repository.time());
  }

  private void exchangeMessages(
      HttpExchange exchange, MessageFormat format, @Nullable SyncObserver syncObserver)
      throws IOException {
    SyncReply reply =
        sync.answer(format, exchange.getRequestBody(), addressOf(exchange), syncObserver);
    exchange.getResponseHeaders().set("Content-Type", reply.format().contentType());
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    exchange.sendResponseHeaders(200, reply.length());
    reply.writeTo(exchange.getResponseBody());
  }

  private void show(HttpExchange exchange, boolean headOnly) throws IOException {
    // The body may still read from the repository, so everything happens on one snapshot.
    repository.<Boolean, IOException>read(
        snapshot -> {
          send(exchange, answer(exchange, snapshot).below(base), headOnly);
          return true;
        });
  }

  private Response answer(HttpExchange exchange, Snapshot snapshot) throws IOException {
    try {
      return site.answer(Request.of(snapshot, exchange.getRequestURI(), base));
    } catch (PageException e) {
      return site.failure(snapshot, e.status(), e.text());
    } catch (RepositoryException e) {
      // The visitor asked for an unknown name or a missing artifact.
      log.debug("No answer to {}", exchange.getRequestURI(), e);
      String message = e.getMessage();
      return site.failure(snapshot, 404, message == null ? "Not found" : message);
    }
  }

  private static void send(HttpExchange exchange, Response response, boolean headOnly)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", response.contentType());
    headers.set("Content-Security-Policy", response.policy());
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "same-origin");
    headers.set("Cache-Control", "no-cache");
    if (response.download() != null) {
      headers.set(
          "Content-Disposition",
          "attachment; filename=\"" + response.download().replaceAll("[^A-Za-z0-9._-]", "_") + '"');
    }
    boolean gzip = response.isText() && response.length() >= WORTH_GZIP && acceptsGzip(exchange);
    if (gzip) {
      headers.set("Content-Encoding", "gzip");
      headers.set("Vary", "Accept-Encoding");
    }
    if (headOnly || response.length() == 0) {
      exchange.sendResponseHeaders(response.status(), -1);
    } else if (gzip) {
      byte[] packed = packed(response);
      exchange.sendResponseHeaders(response.status(), packed.length);
      exchange.getResponseBody().write(packed);
    } else {
      exchange.sendResponseHeaders(response.status(), Math.max(0, response.length()));
      response.body().writeTo(exchange.getResponseBody());
    }
  }

  // Pages are in memory.
  private static byte[] packed(Response page) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream((int) page.length() / 2);
    try (OutputStream out = new GZIPOutputStream(packed, 8192)) {
      page.body().writeTo(out);
    }
    return packed.toByteArray();
  }

  private static boolean acceptsGzip(HttpExchange exchange) {
    String accepted = exchange.getRequestHeaders().getFirst("Accept-Encoding");
    return accepted != null
        && accepted.matches("(?i).*\\bgzip\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$)).*");
  }
}
