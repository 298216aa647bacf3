package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.wire.Message;

/** Answers the requests to the JetStream API of an account. Thread-safe. */
@FunctionalInterface
public interface ApiDispatcher {
  /**
   * Answers a request, unless nobody knows it.
   *
   * @param account an {@link AccountJetStream}, or another account, which gets an error
   * @param message the request, under a subject of the API
   */
  void route(ApiAccount account, Message message, WorkBatch batch);
}
