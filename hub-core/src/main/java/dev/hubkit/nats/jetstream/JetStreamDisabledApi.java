package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.ApiRouter;
import dev.hubkit.nats.jetstream.api.ApiTable;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.wire.Message;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * Answers API requests of accounts that have no JetStream, on a server that has it: in nats-server
 * the API of all accounts is one of the system account, which they import.
 */
public final class JetStreamDisabledApi {
  /** The subjects that the accounts import. */
  public static final String SUBJECTS = ApiSubjects.PREFIX + ">";

  public static final String INFO = ApiSubjects.PREFIX + "INFO";

  private final JetStreamServer jetStreams;
  private final Account system;
  private final Supplier<Collection<Account>> accounts;
  private final ApiRouter router = ApiTable.router();

  private JetStreamDisabledApi(
      JetStreamServer jetStreams, Account system, Supplier<Collection<Account>> accounts) {
    this.jetStreams = jetStreams;
    this.system = system;
    this.accounts = accounts;
  }

  /**
   * Begins to answer in the system account, unless that account has JetStream itself.
   *
   * @param accounts the accounts of the server; read at each request
   */
  public static void serve(
      JetStreamServer jetStreams, Account system, Supplier<Collection<Account>> accounts) {
    if (jetStreams.of(system) == null) {
      JetStreamDisabledApi service = new JetStreamDisabledApi(jetStreams, system, accounts);
      system.subscribe(
          SUBJECTS, null, (subscription, message, batch) -> service.answer(message, batch));
    }
  }

  private void answer(Message request, WorkBatch batch) {
    String reply = request.reply();
    String rest = request.subject().substring(ApiSubjects.PREFIX.length());
    String account = RequestInfo.of(request).string("acc", "");
    if (reply == null || isDirective(rest) || (!account.isEmpty() && !isRefused(account))) {
      return;
    }
    // Clients of the system account itself may only ask for the account.
    byte[] answer =
        account.isEmpty() && !request.subject().equals(INFO)
            ? ApiRouter.refusal("system_response", fields -> {})
            : router.refusal(rest);
    if (answer != null) {
      system.publish(Message.of(reply, null, answer), batch);
    }
  }

  private boolean isRefused(String account) {
    for (Account each : accounts.get()) {
      if (each.name().equals(account)) {
        return !jetStreams.answersIn(account) && !jetStreams.importsApi(each);
      }
    }
    return false;
  }

  // These concern a cluster; the API of a single server does not answer them.
  private static boolean isDirective(String rest) {
    return rest.equals("META.LEADER.STEPDOWN")
        || rest.equals("SERVER.REMOVE")
        || rest.startsWith("ACCOUNT.");
  }
}
