package dev.hubkit.nats.jetstream.api;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.ApiException;

/**
 * Answers one kind of request to the JetStream API.
 *
 * <p>Runs on the thread of the requester, not on an executor: it checks what can be checked from
 * the request alone, in the order nats-server does, and goes on with {@link ApiRequest#onStream} or
 * {@link ApiRequest#onAccount}. An {@link ApiException} thrown here or there becomes the response.
 */
@FunctionalInterface
interface ApiHandler {
  void handle(ApiRequest request, WorkBatch batch);
}
