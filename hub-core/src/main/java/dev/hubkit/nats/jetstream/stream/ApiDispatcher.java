package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.Message;
import java.util.List;

/** Answers the requests to the JetStream API of an account. Thread-safe. */
public interface ApiDispatcher {
  /** Returns the full subjects that requests come on. */
  List<String> patterns();

  /**
   * Answers a request.
   *
   * @param rest the subject behind {@code $JS.API.}
   * @param message the request, which owns its bytes
   */
  void route(AccountJetStream jetStream, String rest, Message message, WorkBatch batch);
}
