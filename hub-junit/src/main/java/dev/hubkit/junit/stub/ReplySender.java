package dev.hubkit.junit.stub;

import dev.hubkit.junit.message.MessageView;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.HeaderFields;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntSupplier;

/** Publishes the replies of stubs, as a service would. Thread-safe. */
final class ReplySender {
  /** The headers of an error (ADR-32). */
  static final String ERROR = "Nats-Service-Error";

  static final String ERROR_CODE = "Nats-Service-Error-Code";
  private static final byte[] NOTHING = {};

  private final Function<String, Optional<Account>> accounts;
  private volatile IntSupplier maxPayload = () -> Integer.MAX_VALUE;

  ReplySender(Function<String, Optional<Account>> accounts) {
    this.accounts = accounts;
  }

  void limit(IntSupplier mostBytes) {
    maxPayload = mostBytes;
  }

  /**
   * Replies to a call, unless it asks for no reply.
   *
   * @throws IllegalStateException if a client could not publish as much
   */
  void reply(StubCall call, Map<String, List<String>> headers, byte[] payload) {
    byte[] block = NOTHING;
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      for (String value : header.getValue()) {
        block = HeaderBlock.add(block, header.getKey(), value);
      }
    }
    replyWith(call, block, payload);
  }

  /** Replies with a header block. */
  void replyWith(StubCall call, byte[] block, byte[] payload) {
    int size = block.length + payload.length;
    int most = maxPayload.getAsInt();
    if (size > most) {
      throw new IllegalStateException(
          "The reply has " + size + " bytes, and the server takes " + most + " (max_payload)");
    }
    call.request().reply().ifPresent(subject -> send(call, subject, block, payload));
  }

  private void send(StubCall call, String subject, byte[] block, byte[] payload) {
    // Recorded first: who has the reply can look.
    record(call, MessageView.of(subject, HeaderFields.of(block), payload));
    publish(call.account(), Message.of(subject, null, block, payload));
  }

  private static void record(StubCall call, MessageView reply) {
    call.log().replied(call, reply);
  }

  /** Replies with a service error; the text has one line in the header, and all in the payload. */
  void error(StubCall call, int code, String text, Map<String, List<String>> more) {
    byte[] block = HeaderBlock.add(NOTHING, ERROR, text.lines().findFirst().orElse("").strip());
    block = HeaderBlock.add(block, ERROR_CODE, String.valueOf(code));
    for (Map.Entry<String, List<String>> header : more.entrySet()) {
      for (String value : header.getValue()) {
        block = HeaderBlock.add(block, header.getKey(), value);
      }
    }
    boolean whole = text.lines().count() <= 1;
    replyWith(call, block, whole ? NOTHING : text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the error for a request that there is no room for. */
  static Message busy(String reply, String text) {
    byte[] block = HeaderBlock.add(HeaderBlock.add(NOTHING, ERROR, text), ERROR_CODE, "503");
    return Message.of(reply, null, block, NOTHING);
  }

  /**
   * Replies as the server does where nobody subscribes (ADR-4), to those who want to hear of it.
   */
  void noResponders(StubCall call) {
    String reply = call.request().reply().orElse("");
    Account account = accounts.apply(call.account()).orElse(null);
    if (reply.isEmpty() || account == null || !wantsStatus(account, reply)) {
      return;
    }
    send(call, reply, noResponders(reply, call.request().subject()).header(), NOTHING);
  }

  /** Returns what the server tells a client whose request nobody subscribes to. */
  static Message noResponders(String reply, String subject) {
    byte[] block =
        ("NATS/1.0 503\r\nNats-Subject: " + subject + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    return Message.of(reply, null, block, NOTHING);
  }

  // The requester says so in CONNECT. Nobody knows that of one in another account.
  private static boolean wantsStatus(Account account, String reply) {
    List<Subscription> awaiting =
        account.subscriptions().stream()
            .filter(each -> Subjects.matches(reply, each.subject()))
            .toList();
    return awaiting.stream()
        .allMatch(
            each ->
                !(each.subscriber() instanceof Connection client)
                    || client.options().noResponders());
  }

  /**
   * Publishes a message of a stub.
   *
   * @return how many subscriptions took it
   */
  int publish(String account, Message message) {
    return accounts
        .apply(account)
        .map(
            present -> {
              WorkBatch batch = new WorkBatch();
              try {
                return present.publish(message, batch);
              } finally {
                batch.flush();
              }
            })
        .orElse(0);
  }
}
