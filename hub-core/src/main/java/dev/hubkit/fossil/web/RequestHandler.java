package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.MessageFormat;
import dev.hubkit.fossil.sync.SyncReply;
import dev.hubkit.fossil.sync.SyncServer;
import java.io.IOException;
import java.io.OutputStream;

/** Tells sync messages from requests for pages, by their content type as C fossil does. */
final class RequestHandler {
  private final SyncServer sync;

  RequestHandler(FossilRepository repository, FossilServerOptions options) {
    sync = new SyncServer(repository, options.largestMessage());
  }

  void handle(HttpExchange exchange) throws IOException {
    MessageFormat format = MessageFormat.of(exchange.getRequestHeaders().getFirst("Content-Type"));
    if (format != null && exchange.getRequestMethod().equals("POST")) {
      exchangeMessages(exchange, format);
      return;
    }
    exchange.sendResponseHeaders(404, -1);
  }

  private void exchangeMessages(HttpExchange exchange, MessageFormat format) throws IOException {
    String address = exchange.getRemoteAddress().getAddress().getHostAddress();
    SyncReply reply = sync.answer(format, exchange.getRequestBody(), address);
    exchange.getResponseHeaders().set("Content-Type", reply.format().contentType());
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    exchange.sendResponseHeaders(200, reply.length());
    try (OutputStream out = exchange.getResponseBody()) {
      reply.writeTo(out);
    }
  }
}
