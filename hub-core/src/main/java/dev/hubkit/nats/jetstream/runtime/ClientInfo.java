package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.RequesterShare;
import org.jspecify.annotations.Nullable;

/** Describes in advisories the client that sent a request. */
public final class ClientInfo {
  private ClientInfo() {}

  /** Writes the client that sent the request; only little about a client of another account. */
  public static void write(JsonWriter out, @Nullable Requester requester, ApiAccount jetStream) {
    Account account = jetStream.account();
    out.beginObject("client");
    if (requester == null) {
      out.field("acc", account.name())
          .field("server", jetStream.options().serverName())
          .field("kind", "JetStream");
    } else if (requester.accountName().equals(account.name())) {
      requester.describe(out, RequesterShare.ADVISORY, "");
    } else {
      requester.describe(out, RequesterShare.SERVER, account.name());
    }
    out.endObject();
  }
}
