package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.RequestInfo;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.api.AccountPurge;
import dev.hubkit.nats.jetstream.api.ApiRouter;
import dev.hubkit.nats.jetstream.api.ApiTable;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.protocol.ApiSubjects;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * The JetStream API as clients of the system account see it: that account has no JetStream itself,
 * and may purge other accounts. What concerns a cluster is not answered by a lone server. As in
 * nats-server (apiDispatch in {@code server/jetstream_api.go}), where the API of all accounts is
 * one of the system account, which they import. Thread-safe.
 */
public final class SystemAccountApi implements ApiAccount {
  private static final String INFO = ApiSubjects.PREFIX + "INFO";

  private final JetStreamServer jetStreams;
  private final Account system;
  private final ApiRouter router;
  private final ForwardedRequests forwarded;

  private SystemAccountApi(JetStreamServer jetStreams, Account system) {
    this.jetStreams = jetStreams;
    this.system = system;
    this.forwarded = new ForwardedRequests(system, jetStreams.time());
    this.router =
        ApiTable.systemRouter(
            jetStreams.queues(),
            new AccountPurge(jetStreams.purged()),
            jetStreams.router(),
            jetStreams::named);
  }

  /** Begins to answer in the system account, unless that account has JetStream itself. */
  public static void serve(JetStreamServer jetStreams, Account system) {
    jetStreams.queues().adviseIn(system);
    if (jetStreams.of(system) == null) {
      SystemAccountApi service = new SystemAccountApi(jetStreams, system);
      if (service.compatibility().atLeast(Compatibility.V2_15)) {
        system.serverMappings(Domain.systemMappings(jetStreams.options().domain()));
      }
      system.subscribe(
          ApiSubjects.ALL, null, (subscription, message, batch) -> service.answer(message, batch));
    }
  }

  private void answer(Message request, WorkBatch batch) {
    String asker = request.headerLength() == 0 ? "" : RequestInfo.of(request).string("acc", "");
    if (!asker.isEmpty()) {
      AccountJetStream asked = jetStreams.named(asker);
      // The accounts answer the requests of their own clients.
      if (asked != null
          && batch.requester() == null
          && !ApiSubjects.isForStream(request.subject())) {
        forwarded.forward(asked.account(), request, batch);
      }
      return;
    }
    if (isRouted(request.subject())) {
      router.route(this, request, batch);
    } else {
      router.refuse(this, request, "system_response", batch);
    }
  }

  private boolean isRouted(String subject) {
    return switch (subject) {
      case INFO, "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE" -> true;
      case "$JS.API.META.RESCUE", "$JS.API.SERVER.EVACUATE" ->
          compatibility().atLeast(Compatibility.V2_15);
      default -> subject.startsWith("$JS.API.ACCOUNT.");
    };
  }

  @Override
  public Account account() {
    return system;
  }

  @Override
  public JetStreamOptions options() {
    return jetStreams.options();
  }

  @Override
  public TimeSource time() {
    return jetStreams.time();
  }

  @Override
  public Supervisor supervisor() {
    return jetStreams.supervisor();
  }

  // nats-server knows the client of a request only where it came from another account.
  @Override
  public void writeClient(JsonWriter out, @Nullable Requester requester, String subject) {
    if (isRouted(subject)) {
      out.beginObject("client").endObject();
    } else {
      out.any("client", null);
    }
  }

  @Override
  public void countAnswer(boolean error) {
    // As in nats-server, only accounts with JetStream count.
  }
}
