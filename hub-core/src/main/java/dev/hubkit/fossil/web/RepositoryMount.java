package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.sync.MessageLimit;
import dev.hubkit.log.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A repository that a server serves below one path, and the requests for it. Thread-safe. */
final class RepositoryMount {
  private static final Log log = Log.of(RepositoryMount.class);

  private final RequestHandler handler;
  private final Phaser exchanges = new Phaser(1);

  RepositoryMount(FossilRepository repository, FossilServerOptions options, String base) {
    this.handler = new RequestHandler(repository, options, base);
  }

  /** Limits the messages of clients that have not logged in. */
  MessageLimit messageLimit() {
    return handler.messageLimit();
  }

  void handle(HttpExchange exchange) throws IOException {
    if (exchanges.register() < 0) {
      exchange.close();
      return;
    }
    try {
      handler.handle(exchange);
      // This is not done after an exception, since a partial answer must not look whole.
      exchange.close();
    } finally {
      exchanges.arriveAndDeregister();
    }
  }

  /**
   * Waits for running requests, then answers no more. Called once.
   *
   * @return whether the thread was interrupted, which ends the waiting
   */
  boolean stop(Duration grace) {
    boolean interrupted = false;
    if (grace.isZero()) {
      exchanges.forceTermination();
      return false;
    }
    try {
      exchanges.awaitAdvanceInterruptibly(
          exchanges.arrive(), grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.warn("Requests still run after {} s; cutting them off", grace.toSeconds());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    exchanges.forceTermination();
    return interrupted;
  }
}
