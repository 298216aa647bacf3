package dev.hubkit.http;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpHandler;
import dev.hubkit.log.Log;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Gives whole requests to handlers, on the threads of workers. Thread-safe. */
final class Dispatcher {
  private static final Log log = Log.of(Dispatcher.class);

  private final Contexts contexts;
  private final Executor workers;
  private final Supervisor supervisor;
  private final DateHeader date;
  private final boolean cleanPaths;

  Dispatcher(
      Contexts contexts,
      Executor workers,
      Supervisor supervisor,
      DateHeader date,
      boolean cleanPaths) {
    this.cleanPaths = cleanPaths;
    this.contexts = contexts;
    this.workers = workers;
    this.supervisor = supervisor;
    this.date = date;
  }

  /**
   * Answers a request on a worker. {@code peer} learns how the answer ended, even when it fails.
   */
  void dispatch(RequestHead head, @Nullable Spool body, SocketWriter out, Exchange.Peer peer) {
    WorkStep.HTTP_DISPATCH.reach();
    Contexts.Context context = contexts.find(pathOf(head.uri()));
    Exchange exchange =
        new Exchange(head, body, out, peer, context == null ? contexts.none() : context, date);
    workers.execute(
        new Job(supervisor, exchange, () -> handle(exchange), failure -> failed(exchange)));
  }

  /** Runs {@code work} on a worker, and {@code onFailure} when it fails. */
  void run(Object what, Supervisor.Work work, Supervisor.FailureHandler onFailure) {
    workers.execute(new Job(supervisor, what, work, onFailure));
  }

  /** A job for a worker. Neither starting it nor handling its failure allocates memory. */
  private record Job(
      Supervisor supervisor, Object what, Supervisor.Work work, Supervisor.FailureHandler onFailure)
      implements Runnable {
    @Override
    public void run() {
      try {
        WorkStep.HTTP_WORK.reach();
        work.run();
      } catch (Throwable failure) {
        supervisor.failed(what, failure, onFailure);
      }
    }
  }

  private static String pathOf(URI uri) {
    String path = uri.getPath();
    return path == null ? "" : path;
  }

  private void handle(Exchange exchange) throws IOException {
    WorkStep.HTTP_HANDLER.reach();
    try {
      if (cleanPaths && CleanPath.redirect(exchange)) {
        exchange.close();
        return;
      }
      Contexts.Context context = (Contexts.Context) exchange.getHttpContext();
      HttpHandler handler = context.getHandler();
      if (handler == null) {
        fail(exchange, 404);
      } else if (isAuthentic(exchange, context)) {
        new Filter.Chain(context.getFilters(), handler).doFilter(exchange);
      }
      // A handler answers before it returns; when it has not, the connection is closed.
      exchange.close();
    } catch (IOException e) {
      // The peer has gone, or was cut off.
      log.debug("{} from {} broke off", exchange, exchange.getRemoteAddress(), e);
      exchange.breakOff();
    }
  }

  private static boolean isAuthentic(Exchange exchange, Contexts.Context context)
      throws IOException {
    Authenticator authenticator = context.getAuthenticator();
    if (authenticator == null) {
      return true;
    }
    Authenticator.Result result = authenticator.authenticate(exchange);
    if (result instanceof Authenticator.Success success) {
      exchange.setPrincipal(success.getPrincipal());
      return true;
    }
    int status =
        result instanceof Authenticator.Retry retry
            ? retry.getResponseCode()
            : ((Authenticator.Failure) result).getResponseCode();
    exchange.sendResponseHeaders(status, -1);
    return false;
  }

  private static void failed(Exchange exchange) {
    try {
      if (!exchange.hasBegun()) {
        exchange.getResponseHeaders().clear();
        exchange.getResponseHeaders().set("Connection", "close");
        fail(exchange, 500);
        exchange.close();
      }
    } catch (IOException e) {
      log.debug("{} could not be told of the failure", exchange.getRemoteAddress(), e);
    } finally {
      exchange.breakOff();
    }
  }

  private static void fail(Exchange exchange, int status) throws IOException {
    byte[] text = (status + " " + Status.reason(status) + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, text.length);
    exchange.getResponseBody().write(text);
  }
}
