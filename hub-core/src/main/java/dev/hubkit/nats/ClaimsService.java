package dev.hubkit.nats;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.security.Logins;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes account tokens that are pushed to the system account ({@code $SYS.REQ.CLAIMS.UPDATE}) and
 * gives out those it has, as nats-server does for {@code nsc push} and {@code pull}.
 */
final class ClaimsService {
  private final Account system;
  private final Supplier<Logins> logins;
  private final ClaimedAccounts accounts;
  private final Clients clients;

  private ClaimsService(
      Account system, Supplier<Logins> logins, ClaimedAccounts accounts, Clients clients) {
    this.system = system;
    this.logins = logins;
    this.accounts = accounts;
    this.clients = clients;
  }

  /** Begins to listen in the system account. */
  static void start(
      Account system, Supplier<Logins> logins, ClaimedAccounts accounts, Clients clients) {
    ClaimsService service = new ClaimsService(system, logins, accounts, clients);
    system.subscribe("$SYS.REQ.CLAIMS.UPDATE", null, service::update);
    system.subscribe("$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE", null, service::update);
    system.subscribe("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP", null, service::lookup);
  }

  private void update(Subscription subscription, Message message, Batch batch) {
    String token = new String(message.payload(), StandardCharsets.UTF_8);
    try {
      Function<String, @Nullable CloseReason> verdict = logins.get().update(token);
      AccountClaims claims = AccountClaims.parse(token);
      String key = claims.jwt().subject();
      if (accounts.isEntered(key)) {
        Account changed = accounts.enter(claims, logins.get()::account);
        expel(key, verdict);
        expelTooMany(changed);
      }
      respond(message, batch, key, 200, "jwt updated");
    } catch (CredentialException | UncheckedIOException e) {
      respond(message, batch, "", 500, "jwt update resulted in error: " + e.getMessage());
    }
  }

  private void expel(String account, Function<String, @Nullable CloseReason> verdict) {
    for (Connection connection : clients.all()) {
      String token = connection.options().jwt();
      if (token != null
          && connection.user() != null
          && connection.account().name().equals(account)) {
        CloseReason reason = verdict.apply(token);
        if (reason != null) {
          connection.fail(
              reason,
              reason == CloseReason.REVOCATION
                  ? "User Authentication Revoked"
                  : "Authorization Violation");
        }
      }
    }
  }

  // The oldest may stay.
  private void expelTooMany(Account account) {
    int most = account.limits().connections();
    if (most >= 0) {
      clients.all().stream()
          .filter(each -> each.user() != null && each.account() == account)
          .sorted(Comparator.comparingLong(Connection::id))
          .skip(most)
          .forEach(
              each ->
                  each.fail(
                      CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED,
                      "maximum account active connections exceeded"));
    }
  }

  private void lookup(Subscription subscription, Message message, Batch batch) {
    String reply = message.reply();
    AccountClaims claims = logins.get().account(Subjects.tokens(message.subject()).get(3));
    if (reply != null && claims != null) {
      byte[] token = claims.jwt().token().getBytes(StandardCharsets.UTF_8);
      system.publish(Message.of(reply, null, token), batch);
    }
  }

  private void respond(Message request, Batch batch, String account, int code, String text) {
    String reply = request.reply();
    if (reply == null) {
      return;
    }
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .beginObject("server")
            .field("name", clients.info().serverName())
            .field("host", clients.info().host())
            .field("id", clients.info().serverId())
            .field("ver", clients.info().version())
            .endObject()
            .beginObject(code == 200 ? "data" : "error")
            .fieldIfSet("account", account)
            .field("code", code);
    json.field(code == 200 ? "message" : "description", text).endObject().endObject();
    system.publish(Message.of(reply, null, json.toBytes()), batch);
  }
}
