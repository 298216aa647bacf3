package dev.hubkit.nats.security;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.config.AuthCalloutConfig;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.NKeyPair;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a service that listens in an account decide who may log in, and as whom (ADR-26). */
final class AuthCallout {
  private static final Logger log = LoggerFactory.getLogger(AuthCallout.class);
  private static final String SUBJECT = "$SYS.REQ.USER.AUTH";
  private static final String AUDIENCE = "nats-authorization-request";
  private static final long SECOND = 1_000_000_000L;

  private final AuthCalloutConfig config;
  private final Function<String, Account> accounts;
  private final ServerKey server;
  private final TimeSource time;
  private final long patienceNanos;
  private final FailedLogins failures;

  AuthCallout(
      AuthCalloutConfig config,
      Function<String, Account> accounts,
      ServerKey server,
      TimeSource time,
      double timeoutSeconds,
      FailedLogins failures) {
    this.config = config;
    this.accounts = accounts;
    this.server = server;
    this.time = time;
    this.patienceNanos = (long) ((timeoutSeconds > 0 ? timeoutSeconds : 2) * SECOND);
    this.failures = failures;
  }

  /** Whether a client is one that the service itself connects as. */
  boolean isServiceItself(ConnectOptions options) {
    String name = options.nkey() != null ? options.nkey() : options.user();
    return name != null && config.authUsers().contains(name);
  }

  /** Asks the service; the login is decided when it answers, or has not answered in time. */
  void ask(Login login) {
    Account account = accounts.apply(config.account());
    NKeyPair user = NKeyPair.generate(NKey.Role.USER);
    String inbox = "_INBOX.auth." + user.publicKey();
    Question question = new Question(login, account, user.publicKey());
    question.subscription = account.subscribe(inbox, null, question::answered);
    question.timeout = time.schedule(patienceNanos, () -> question.refused("no answer in time"));
    byte[] request = request(login, user.publicKey()).getBytes(StandardCharsets.UTF_8);
    Batch batch = new Batch();
    if (account.publish(Message.of(SUBJECT, inbox, request), batch) == 0) {
      question.refused("nobody answers auth callouts");
    }
    batch.flush();
  }

  private String request(Login login, String userKey) {
    Connection connection = login.connection();
    ConnectOptions options = login.options();
    long now = Math.floorDiv(time.epochNanos(), SECOND);
    InetSocketAddress remote = connection.transport().remoteAddress();
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .field("aud", AUDIENCE)
            .field("exp", now + Math.max(1, patienceNanos / SECOND))
            .field("iat", now)
            .field("iss", server.key().publicKey())
            .field("sub", config.issuer())
            .beginObject("nats")
            .beginObject("server_id")
            .field("name", server.name())
            .field("host", server.host())
            .field("id", server.key().publicKey())
            .field("version", server.version())
            .endObject()
            .field("user_nkey", userKey)
            .beginObject("client_info")
            .fieldIfSet("host", remote == null ? "" : remote.getAddress().getHostAddress())
            .field("id", connection.id())
            .fieldIfSet("user", options.user())
            .fieldIfSet("name", options.name())
            .field("kind", "Client")
            .field(
                "type",
                connection.transport().type() == ConnectionType.WEBSOCKET ? "websocket" : "nats")
            .fieldIfSet("nonce", options.signature() == null ? "" : connection.nonce())
            .endObject()
            .beginObject("connect_opts")
            .fieldIfSet("jwt", options.jwt())
            .fieldIfSet("nkey", options.nkey())
            .fieldIfSet("sig", options.signature())
            .fieldIfSet("auth_token", options.token())
            .fieldIfSet("user", options.user())
            .fieldIfSet("pass", options.password())
            .fieldIfSet("name", options.name())
            .fieldIfSet("lang", options.lang())
            .fieldIfSet("version", options.version())
            .field("protocol", options.protocol())
            .endObject()
            .field("type", "authorization_request")
            .field("version", 2)
            .endObject()
            .endObject();
    return Jwt.sign(server.key(), json.toBytes());
  }

  /** One login that waits for its answer. */
  private final class Question {
    private final Login login;
    private final Account account;
    private final String userKey;
    private final AtomicBoolean done = new AtomicBoolean();
    private volatile @Nullable Subscription subscription;
    private volatile @Nullable Timer timeout;

    Question(Login login, Account account, String userKey) {
      this.login = login;
      this.account = account;
      this.userKey = userKey;
    }

    private boolean end() {
      if (!done.compareAndSet(false, true)) {
        return false;
      }
      Timer timer = timeout;
      if (timer != null) {
        timer.cancel();
      }
      Subscription inbox = subscription;
      if (inbox != null) {
        account.unsubscribe(inbox);
      }
      return true;
    }

    void refused(String reason) {
      if (end()) {
        log.debug("{}: auth callout: {}", login.connection(), reason);
        failures.refuse(login);
      }
    }

    void answered(Subscription matched, Message message, Batch batch) {
      try {
        User user = user(new String(message.payload(), StandardCharsets.UTF_8));
        if (end()) {
          login.accept(user);
        }
      } catch (CredentialException e) {
        refused(String.valueOf(e.getMessage()));
      }
    }

    private User user(String answer) throws CredentialException {
      Jwt response = Jwt.parse(answer);
      if (!response.type().equals("authorization_response")) {
        throw new CredentialException("not an authorization response");
      }
      if (!response.subject().equals(userKey)) {
        throw new CredentialException("auth callout response is not for expected user");
      }
      if (!response.audience().equals(server.key().publicKey())) {
        throw new CredentialException("auth callout response is not for server");
      }
      String error = response.claims().string("error", "");
      if (!error.isEmpty()) {
        throw new CredentialException("auth callout service returned an error: " + error);
      }
      UserClaims claims = UserClaims.parse(response.claims().string("jwt", ""));
      if (!claims.jwt().issuer().equals(config.issuer()) || !claims.issuerAccount().isEmpty()) {
        throw new CredentialException("wrong issuer for auth callout response");
      }
      if (!claims.jwt().subject().equals(userKey)) {
        throw new CredentialException("authorized user is another than was asked about");
      }
      return entered(claims);
    }

    private User entered(UserClaims claims) throws CredentialException {
      String placement = claims.jwt().audience();
      if (!config.allowedAccounts().isEmpty() && !config.allowedAccounts().contains(placement)) {
        throw new CredentialException("account " + placement + " is not allowed for auth callout");
      }
      long now = Math.floorDiv(time.epochNanos(), SECOND);
      long until = AllowedTimes.until(claims.limits(), time.now());
      if (claims.jwt().isOutsideOfTime(now) || until == 0) {
        throw new CredentialException("authorized user outside of valid times");
      }
      if (!OperatorLogins.allows(claims.limits(), login.connection().transport().type())) {
        throw new CredentialException("authorized user using invalid connection type");
      }
      long expires = claims.jwt().expires() > 0 ? claims.jwt().expires() : Long.MAX_VALUE;
      expires = Math.min(expires, until);
      String name = claims.jwt().name().isEmpty() ? userKey : claims.jwt().name();
      return new User(
          name,
          accounts.apply(placement.isEmpty() ? "$G" : placement),
          OperatorLogins.permissions(claims.limits()),
          expires == Long.MAX_VALUE ? 0 : expires * SECOND,
          claims.limits().maxSubscriptions(),
          claims.limits().maxPayload(),
          new User.Origin(claims.jwt().issuer(), claims.jwt().name(), claims.tags()));
    }
  }
}
