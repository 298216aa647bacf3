package dev.hubkit.nats.monitor;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.jetstream.JetStreams;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Asks the JetStream API of an account, as a client would but without a connection. */
final class ApiClient {
  private static final long PATIENCE_SECONDS = 5;
  private static final AtomicLong NEXT = new AtomicLong();

  private ApiClient() {}

  /** The response; null when there is none in time or it is an error. */
  static @Nullable JsonObject request(Account account, String subject, String payload) {
    String inbox = JetStreams.MONITOR_INBOX + NEXT.incrementAndGet();
    CompletableFuture<JsonObject> response = new CompletableFuture<>();
    Subscription subscription =
        account.subscribe(
            inbox,
            null,
            (matched, message, batch) -> {
              try {
                response.complete(Json.parseObject(message.payload()));
              } catch (JsonException e) {
                response.completeExceptionally(e);
              }
            });
    try {
      Batch batch = new Batch();
      byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
      account.publish(Message.of(subject, inbox, new byte[0], bytes), batch);
      batch.flush();
      JsonObject json = response.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return json.has("error") ? null : json;
    } catch (ExecutionException | TimeoutException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      account.unsubscribe(subscription);
    }
  }
}
