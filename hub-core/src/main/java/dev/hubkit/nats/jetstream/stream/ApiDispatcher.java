package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.Message;
import java.util.List;

/** Answers the requests to the JetStream API of an account. Thread-safe. */
public interface ApiDispatcher {
  /** The subjects that requests come on, in full. */
  List<String> patterns();

  /**
   * Answers a request.
   *
   * @param rest its subject behind {@code $JS.API.}
   * @param message the request, with bytes of its own
   */
  void route(AccountJetStream jetStream, String rest, Message message, WorkBatch batch);
}
