package dev.hubkit.nats.system;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Answers how many clients have subscribed to a subject, perhaps in one queue group. */
final class SubscriberCounts {
  /** Where other servers ask for those of this one. */
  static final String REQUESTS = "$SYS.REQ.ACCOUNT.NSUBS";

  private static final JsonStruct REQUEST =
      JsonStruct.of("server.accNumSubsReq")
          .field("acc", JsonType.STRING)
          .field("subject", JsonType.STRING)
          .field("queue", JsonType.STRING)
          .build();
  private static final Log log = Log.of(SubscriberCounts.class);

  private final Account system;
  private final Function<String, @Nullable Account> accounts;
  private final Predicate<Account> hasClients;

  SubscriberCounts(
      Account system, Function<String, @Nullable Account> accounts, Predicate<Account> hasClients) {
    this.system = system;
    this.accounts = accounts;
    this.hasClients = hasClients;
  }

  /**
   * Answers another server. As in nats-server ({@code nsubsRequest}), what cannot be read is not
   * answered, nor is what concerns an account without clients.
   */
  void ofServer(Message request) {
    JsonObject asked;
    String queue;
    try {
      if (request.payloadLength() == 0) {
        log.error("request requires a body");
        return;
      }
      asked = Json.unmarshal(request.payload(), REQUEST);
      String encoded = asked.string("queue");
      // Bytes are in Base64 in the JSON of Go.
      queue =
          encoded == null
              ? null
              : new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (JsonException | IllegalArgumentException e) {
      log.error("Error unmarshalling account nsubs request message: {}", e.getMessage());
      return;
    }
    Account account = accounts.apply(asked.string("acc", ""));
    if (account != null && hasClients.test(account)) {
      answer(request, count(account, asked.string("subject", ""), queue));
    }
  }

  /** Answers a client, whose words are a subject and perhaps a queue group. */
  void ofAccount(String name, Message request) {
    Account account = accounts.apply(name);
    if (account != null) {
      List<String> words = List.of(request.text().strip().split(" ", -1));
      answer(request, count(account, words.get(0), words.size() > 1 ? words.get(1) : null));
    }
  }

  private void answer(Message request, long count) {
    String to = request.reply();
    if (to != null) {
      byte[] text = Long.toString(count).getBytes(StandardCharsets.UTF_8);
      SystemPublisher.publish(system, Message.of(to, null, text));
    }
  }

  private static long count(Account account, String subject, @Nullable String queue) {
    boolean literal = Subjects.isLiteral(subject);
    return account.subscriptions().stream()
        .filter(each -> each.subscriber() instanceof Connection)
        .filter(each -> queue == null || queue.equals(each.queue()))
        .filter(each -> matches(each, subject, literal))
        .count();
  }

  private static boolean matches(Subscription subscription, String subject, boolean literal) {
    return literal
        ? Subjects.matches(subject, subscription.subject())
        : Subjects.isSubset(subscription.subject(), subject);
  }
}
