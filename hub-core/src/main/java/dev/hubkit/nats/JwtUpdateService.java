package dev.hubkit.nats;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.config.ResolverConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.security.AccountResolver;
import dev.hubkit.nats.security.ConfigAuthenticator;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.system.ServerInfoStamp;
import dev.hubkit.nats.wire.Message;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes account tokens that are pushed to the system account, gives out those it has, and deletes
 * them, each as far as nats-server does with the resolver that is configured: one that keeps all
 * accounts in a directory does everything, one that keeps some neither looks up nor packs, the
 * others only take changes of accounts that are in use.
 */
final class JwtUpdateService {
  private static final Log log = Log.of(JwtUpdateService.class);
  private static final int ACCOUNT_TOKEN = 3;
  // Of the older subject, $SYS.ACCOUNT.*.CLAIMS.UPDATE.
  private static final int OLD_ACCOUNT_TOKEN = 2;
  private static final int OLD_TOKENS = 5;
  private static final String PACK_GROUP = "responder";

  private final Account system;
  private final ServerInfoStamp stamp;
  private final Supplier<ConfigAuthenticator> logins;
  private final JwtAccounts accounts;
  private final ClaimedClients clients;
  private final ResolverConfig.Kind kind;

  private JwtUpdateService(
      Account system,
      ServerInfoStamp stamp,
      Supplier<ConfigAuthenticator> logins,
      JwtAccounts accounts,
      ClaimedClients clients,
      ResolverConfig.Kind kind) {
    this.system = system;
    this.stamp = stamp;
    this.logins = logins;
    this.accounts = accounts;
    this.clients = clients;
    this.kind = kind;
  }

  /** Begins to listen in the system account. */
  static void start(
      Account system,
      ServerInfoStamp stamp,
      Supplier<ConfigAuthenticator> logins,
      JwtAccounts accounts,
      ClaimedClients clients,
      ResolverConfig.Kind kind) {
    new JwtUpdateService(system, stamp, logins, accounts, clients, kind).listen();
  }

  private void listen() {
    system.subscribe("$SYS.ACCOUNT.*.CLAIMS.UPDATE", null, this::updateNamed);
    system.subscribe("$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE", null, this::updateNamed);
    boolean all = kind == ResolverConfig.Kind.FULL;
    if (all || kind == ResolverConfig.Kind.CACHE) {
      system.subscribe("$SYS.REQ.CLAIMS.UPDATE", null, this::updateAny);
      system.subscribe("$SYS.REQ.CLAIMS.LIST", null, this::list);
      system.subscribe("$SYS.REQ.CLAIMS.DELETE", null, this::delete);
    }
    if (all) {
      system.subscribe("$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP", null, this::lookup);
      system.subscribe("$SYS.REQ.CLAIMS.PACK", PACK_GROUP, this::pack);
    }
  }

  // ---- Updates.

  /** What happened to an update, in nats-server's words. */
  private String update() {
    return kind == ResolverConfig.Kind.CACHE ? "jwt update cache" : "jwt update";
  }

  private boolean keepsFiles() {
    return kind == ResolverConfig.Kind.FULL || kind == ResolverConfig.Kind.CACHE;
  }

  private void updateNamed(Subscription subscription, Message message, WorkBatch batch) {
    List<String> tokens = Subjects.tokens(message.subject());
    String key = tokens.get(tokens.size() == OLD_TOKENS ? OLD_ACCOUNT_TOKEN : ACCOUNT_TOKEN);
    if (!keepsFiles() && message.payload().length == 0) {
      failed(message, batch, key, "jwt update error", "request body is empty");
      return;
    }
    update(message, batch, key);
  }

  private void updateAny(Subscription subscription, Message message, WorkBatch batch) {
    update(message, batch, null);
  }

  private void update(Message message, WorkBatch batch, @Nullable String named) {
    String failure = update() + " resulted in error";
    AccountClaims claims;
    try {
      claims = AccountClaims.parse(new String(message.payload(), StandardCharsets.UTF_8));
    } catch (CredentialException e) {
      String about = named == null || kind == ResolverConfig.Kind.FULL ? "n/a" : named;
      failed(message, batch, about, failure, String.valueOf(e.getMessage()));
      return;
    }
    String key = claims.jwt().subject();
    // The order of the checks is nats-server's; it differs by resolver and by subject.
    boolean strict = keepsFiles() && !logins.get().maySign(claims.jwt().issuer());
    if (kind == ResolverConfig.Kind.FULL && !(strict && named == null)) {
      String invalid = accounts.validate(claims);
      if (invalid != null) {
        failed(message, batch, key, "jwt validation failed", invalid);
        return;
      }
    }
    if (named != null && !named.equals(key)) {
      failed(message, batch, named, failure, "subject does not match jwt content");
    } else if (strict) {
      failed(message, batch, key, failure, "operator requires issuer to be a signing key");
    } else if (kind != ResolverConfig.Kind.FULL && !accounts.isEntered(key)) {
      respond(message, batch, key, update() + " skipped");
    } else {
      store(message, batch, claims);
    }
  }

  private void store(Message message, WorkBatch batch, AccountClaims claims) {
    String key = claims.jwt().subject();
    if (kind == ResolverConfig.Kind.CACHE) {
      String invalid = accounts.validate(claims);
      if (invalid != null) {
        failed(message, batch, key, update() + " validation failed", invalid);
        return;
      }
    }
    try {
      apply(claims);
      boolean cache = kind == ResolverConfig.Kind.CACHE;
      respond(message, batch, key, cache ? "jwt updated cache" : "jwt updated");
    } catch (CredentialException | UncheckedIOException e) {
      String failure = update() + " resulted in error";
      failed(message, batch, key, failure, String.valueOf(e.getMessage()));
    }
  }

  private void apply(AccountClaims claims) throws CredentialException {
    String key = claims.jwt().subject();
    if (keepsFiles()) {
      tokens().store(key, claims.jwt().token());
    }
    if (!accounts.isEntered(key)) {
      return;
    }
    if (logins.get().isUsable(claims)) {
      AccountClaims before = accounts.claims(key);
      Account changed = accounts.enter(claims, logins.get()::account);
      if (before != null) {
        clients.follow(changed, logins.get().change(before, claims));
      }
    } else if (keepsFiles()) {
      log.error(
          "DirResolver - Update for account \"{}\" resulted in error account validation failed",
          key);
    } else {
      throw new CredentialException("account validation failed");
    }
  }

  // ---- Lookups and lists.

  private AccountResolver tokens() {
    return logins.get().tokens();
  }

  private void lookup(Subscription subscription, Message message, WorkBatch batch) {
    String token = tokens().stored(Subjects.tokens(message.subject()).get(ACCOUNT_TOKEN));
    send(message, batch, token == null ? "" : token);
  }

  private void list(Subscription subscription, Message message, WorkBatch batch) {
    JsonWriter json =
        JsonWriter.compact().beginObject().field("data", List.copyOf(tokens().all().keySet()));
    send(message, batch, text(stamp.write(json, "server").endObject()));
  }

  // An account in each message, and an empty one at the end; that alone where the other has all.
  private void pack(Subscription subscription, Message message, WorkBatch batch) {
    Map<String, String> all = tokens().all();
    if (!Arrays.equals(message.payload(), AccountResolver.digest(all.values()))) {
      all.forEach((key, token) -> send(message, batch, key + "|" + token));
    }
    send(message, batch, "");
  }

  // ---- Deletion.

  private void delete(Subscription subscription, Message message, WorkBatch batch) {
    String asker = "";
    try {
      Jwt request = Jwt.parseGeneric(new String(message.payload(), StandardCharsets.UTF_8));
      asker = request.subject();
      List<String> keys = deletable(request);
      AccountResolver tokens = tokens();
      for (String key : keys) {
        tokens.delete(key);
        accounts.forget(key);
        clients.expire(key);
      }
      respond(message, batch, "", "deleted " + keys.size() + " accounts");
    } catch (CredentialException | UncheckedIOException e) {
      failed(
          message,
          batch,
          "",
          "delete accounts request by " + asker + " failed",
          String.valueOf(e.getMessage()));
    }
  }

  private List<String> deletable(Jwt request) throws CredentialException {
    if (!tokens().mayDelete()) {
      throw new CredentialException("delete must be enabled in server config");
    }
    if (!request.subject().equals(request.issuer())) {
      throw new CredentialException("not self signed");
    }
    if (!logins.get().isTrusted(request.issuer())) {
      throw new CredentialException("not trusted");
    }
    List<String> keys = new ArrayList<>();
    try {
      keys.addAll(request.claims().strings("accounts"));
    } catch (JsonException e) {
      throw new CredentialException("malformed request");
    }
    if (!request.claims().has("accounts")
        || !keys.stream().allMatch(key -> NKey.isValid(key, NKey.Role.ACCOUNT))) {
      throw new CredentialException("malformed request");
    }
    if (keys.contains(system.name())) {
      throw new CredentialException("not allowed to delete system account");
    }
    return keys;
  }

  // ---- Answers.

  private void respond(Message request, WorkBatch batch, String account, String text) {
    JsonWriter json = stamp.write(JsonWriter.compact().beginObject(), "server");
    json.beginObject("data")
        .fieldIfSet("account", account)
        .field("code", 200)
        .field("message", text)
        .endObject();
    send(request, batch, text(json.endObject()));
  }

  private void failed(Message request, WorkBatch batch, String account, String what, String why) {
    JsonWriter json = stamp.write(JsonWriter.compact().beginObject(), "server");
    json.beginObject("error")
        .fieldIfSet("account", account)
        .field("code", 500)
        .field("description", what + " - " + why)
        .endObject();
    send(request, batch, text(json.endObject()));
  }

  private static String text(JsonWriter json) {
    return new String(json.toBytes(), StandardCharsets.UTF_8);
  }

  private void send(Message request, WorkBatch batch, String text) {
    String reply = request.reply();
    if (reply != null) {
      system.publish(Message.of(reply, null, text.getBytes(StandardCharsets.UTF_8)), batch);
    }
  }
}
