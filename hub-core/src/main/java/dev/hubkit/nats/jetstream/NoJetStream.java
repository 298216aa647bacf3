package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.wire.Message;

/**
 * Answers API requests of accounts that have no JetStream, on a server that has it: in nats-server
 * the API of all accounts is one of the system account, which they import.
 */
public final class NoJetStream {
  /** What the accounts import. */
  public static final String SUBJECTS = ApiRouter.PREFIX + ">";

  private static final String INFO = ApiRouter.PREFIX + "INFO";

  private final JetStreams jetStreams;
  private final Account system;
  private final ApiRouter router = new ApiRouter();

  private NoJetStream(JetStreams jetStreams, Account system) {
    this.jetStreams = jetStreams;
    this.system = system;
  }

  /** Begins to answer in the system account, unless that has JetStream itself. */
  public static void serve(JetStreams jetStreams, Account system) {
    if (jetStreams.of(system) == null) {
      NoJetStream service = new NoJetStream(jetStreams, system);
      system.subscribe(
          SUBJECTS, null, (subscription, message, batch) -> service.answer(message, batch));
    }
  }

  private void answer(Message request, Batch batch) {
    String reply = request.reply();
    String rest = request.subject().substring(ApiRouter.PREFIX.length());
    String account = RequestInfo.of(request).string("acc", "");
    // The system account's own clients are answered this one request only.
    boolean asked =
        account.isEmpty() ? request.subject().equals(INFO) : !jetStreams.answersIn(account);
    if (reply != null && asked) {
      byte[] known = router.refusal(rest);
      byte[] answer = known == null ? ApiRouter.refusal("system_response", fields -> {}) : known;
      system.publish(Message.of(reply, null, answer), batch);
    }
  }
}
