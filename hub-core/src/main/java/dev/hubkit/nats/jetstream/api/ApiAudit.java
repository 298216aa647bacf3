package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Publishes an advisory on {@code $JS.EVENT.ADVISORY.API} about each API request and its response:
 * the {@code JSAPIAudit} of nats-server.
 */
final class ApiAudit {
  private static final String SUBJECT = "$JS.EVENT.ADVISORY.API";

  private ApiAudit() {}

  /**
   * Publishes it, if somebody listens.
   *
   * @param requester the client that sent the request; null for the server itself
   */
  public static void publish(
      ApiAccount jetStream,
      @Nullable Requester requester,
      Message request,
      byte[] response,
      WorkBatch batch) {
    Account account = jetStream.account();
    if (!account.hasInterest(SUBJECT)) {
      return;
    }
    JsonWriter out =
        JsonWriter.compact()
            .beginObject()
            .field("type", "io.nats.jetstream.advisory.v1.api_audit")
            .field("id", Nuid.next())
            .field("timestamp", Rfc3339.format(jetStream.time().epochNanos()))
            .field("server", jetStream.options().serverName());
    String subject = request.subject();
    jetStream.writeClient(out, requester, subject);
    out.field("subject", subject)
        .fieldIfSet("request", request.text())
        .field("response", new String(response, StandardCharsets.UTF_8))
        .fieldIfSet("domain", jetStream.options().domain());
    account.publish(Message.of(SUBJECT, null, out.endObject().toBytes()), batch);
  }
}
