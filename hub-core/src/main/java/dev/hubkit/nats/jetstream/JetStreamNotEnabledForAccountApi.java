package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiRouter;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers the API requests of an account without JetStream, on a server that has it, with an error.
 * Thread-safe.
 */
final class JetStreamNotEnabledForAccountApi implements AutoCloseable {
  private final Account account;
  private final ApiRouter router;
  private final List<Subscription> subscriptions = new ArrayList<>();

  /**
   * Begins to answer.
   *
   * @param domain the domain of the server; empty for none
   */
  JetStreamNotEnabledForAccountApi(Account account, ApiRouter router, String domain) {
    this.account = account;
    this.router = router;
    refuse(ApiSubjects.PREFIX);
    if (!domain.isEmpty()) {
      refuse(ApiSubjects.prefixOf(domain));
    }
    for (String pattern : ApiSubjects.UNANSWERED) {
      subscriptions.add(account.subscribe(pattern, null, (subscription, message, batch) -> {}));
    }
  }

  private void refuse(String prefix) {
    for (String pattern : router.patterns()) {
      subscriptions.add(
          account.subscribe(
              prefix + pattern.substring(ApiSubjects.PREFIX.length()),
              null,
              (subscription, message, batch) -> refuse(prefix, message, batch)));
    }
  }

  private void refuse(String prefix, Message message, WorkBatch batch) {
    String reply = message.reply();
    byte[] answer = router.refusal(message.subject().substring(prefix.length()));
    if (reply != null && answer != null) {
      account.publish(Message.of(reply, null, answer), batch);
    }
  }

  @Override
  public void close() {
    subscriptions.forEach(account::unsubscribe);
  }
}
