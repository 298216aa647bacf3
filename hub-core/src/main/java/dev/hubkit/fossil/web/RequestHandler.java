package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Answers requests. Thread-safe. */
final class RequestHandler {
  private final FossilRepository repository;

  RequestHandler(FossilRepository repository) {
    this.repository = repository;
  }

  void handle(HttpExchange exchange) throws IOException {
    String text = "Project " + repository.read(Snapshot::projectCode) + " has no such page.\n";
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(404, body.length);
    exchange.getResponseBody().write(body);
  }
}
