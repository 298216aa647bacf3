package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ClientLimits;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.ServerInfo;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Makes the INFO lines for one client: what the server tells every client, and the values of this
 * one (generateClientInfoJSON in nats-server). Thread-safe.
 */
final class ClientGreeting {
  private final long id;
  private final @Nullable String nonce;
  private final ClientContext context;
  private final Transport transport;
  private final ClientIdentity identity;

  ClientGreeting(
      long id,
      @Nullable String nonce,
      ClientContext context,
      Transport transport,
      ClientIdentity identity) {
    this.id = id;
    this.nonce = nonce;
    this.context = context;
    this.transport = transport;
    this.identity = identity;
  }

  /** Returns the largest payload that user, account and server grant together. */
  static int maxPayload(AuthenticatedUser user, Limits server) {
    int granted = ClientLimits.lower(user.maxPayload(), user.account().limits().payload());
    return ClientLimits.lower(granted, server.maxPayload());
  }

  /** Returns the line that greets the client, with the nonce to sign. */
  byte[] firstLine(Limits limits) {
    return info(limits).nonce(nonce).build().line();
  }

  /** Returns the line that tells of a change. */
  byte[] line(Limits limits) {
    return info(limits).build().line();
  }

  /** Returns the line that announces that the server is about to go. */
  byte[] lameDuckLine(Limits limits) {
    return info(limits).lameDuck(true).build().line();
  }

  /** Returns the line that answers the first PING. */
  byte[] connectedLine(Limits limits) {
    Account account = identity.account();
    return info(limits).connected(account.name(), context.isSystem(account)).build().line();
  }

  private ServerInfo.Builder info(Limits limits) {
    InetSocketAddress remote = transport.disclosedAddress();
    AuthenticatedUser known = identity.user();
    ServerInfo.Builder info =
        context.info().toBuilder()
            .client(id, remote == null ? null : HostPort.text(remote.getAddress()));
    if (known != null) {
      info.maxPayload(maxPayload(known, limits));
    }
    if (transport.type() == ConnectionType.IN_PROCESS) {
      info.tls(false, false, false);
    } else if (transport.type() == ConnectionType.WEBSOCKET) {
      info.throughWebSocket();
    }
    return info;
  }
}
