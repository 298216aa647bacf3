package dev.hubkit.nats.security;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.NKeyPair;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.net.ClientDescription;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.net.LoginPeer;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.nats.wire.HeaderBlock;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Has a service that listens in an account decide who may log in, and as whom (ADR-26). */
final class AuthCallout {
  private static final Log log = Log.of(AuthCallout.class);
  private static final String SUBJECT = "$SYS.REQ.USER.AUTH";
  private static final String INBOX = "$SYS._INBOX.";
  private static final String AUDIENCE = "nats-authorization-request";
  private static final String KEY_HEADER = "Nats-Server-Xkey";
  // What a token begins with that is not encrypted.
  private static final String TOKEN_START = "eyJ";
  private static final int INBOX_TOKEN = 8;
  private static final long SECOND = 1_000_000_000L;

  private final ServerKey server;
  private final TimeSource time;
  private final long patienceNanos;
  private final LoginThrottle failures;

  AuthCallout(ServerKey server, TimeSource time, Duration timeout, LoginThrottle failures) {
    this.server = server;
    this.time = time;
    this.patienceNanos = timeout.toNanos();
    this.failures = failures;
  }

  /**
   * Returns a user that the service itself connects as: without the right to ask the service if it
   * is in the account of one, since only the server asks.
   */
  static AuthenticatedUser withoutAsking(AuthenticatedUser user, AuthCalloutSettings terms) {
    return terms.hasService(user.account())
        ? user.with(user.permissions().withoutPublishing(SUBJECT))
        : user;
  }

  /**
   * Returns a user that the service has let in: if it is in the account of a service, it may not
   * hear the questions of the server nor answer them.
   */
  private static AuthenticatedUser withoutHearing(
      AuthenticatedUser user, AuthCalloutSettings terms) {
    return terms.hasService(user.account())
        ? user.with(user.permissions().without(List.of(SUBJECT, INBOX + ">")))
        : user;
  }

  /**
   * Asks the service; the login is decided when it answers, or has not answered in time.
   *
   * @param proxyRequired whether the client is to be refused unless it comes through a trusted
   *     proxy, whatever the service says
   */
  void ask(
      Login login, AuthCalloutSettings terms, @Nullable String userToken, boolean proxyRequired) {
    Account account = terms.account();
    NKeyPair user = NKeyPair.generate(NKey.Role.USER);
    String inbox = inbox();
    Question question = new Question(login, terms, user.publicKey(), proxyRequired);
    byte[] request =
        request(login, terms, user.publicKey(), userToken).getBytes(StandardCharsets.UTF_8);
    byte[] header = {};
    if (!terms.xkey().isEmpty()) {
      try {
        request = server.curve().get().seal(request, terms.xkey());
      } catch (CredentialException e) {
        question.refuse("Error encrypting auth request claim: " + e.getMessage());
        return;
      }
      header = HeaderBlock.add(header, KEY_HEADER, server.curve().get().publicKey());
    }
    question.subscription = account.subscribe(inbox, null, question::onAnswer);
    question.timeout =
        time.schedule(
            patienceNanos, new SupervisedTask(() -> question.refuse(""), login.connection()));
    WorkBatch batch = new WorkBatch();
    if (account.publish(Message.of(SUBJECT, inbox, header, request), batch) == 0) {
      // The client waits as long as for a service that does not answer.
      log.debug("{}: nobody answers auth callouts", login.connection());
    }
    batch.flush();
  }

  // Services may be allowed to answer to $SYS._INBOX.*.* only.
  private static String inbox() {
    String unique = Nuid.next();
    int middle = unique.length() - 2 * INBOX_TOKEN;
    return INBOX
        + unique.substring(middle, middle + INBOX_TOKEN)
        + '.'
        + unique.substring(middle + INBOX_TOKEN);
  }

  private static boolean isWebSocket(LoginPeer connection) {
    return connection.connectionType() == ConnectionType.WEBSOCKET;
  }

  private String request(
      Login login, AuthCalloutSettings terms, String userKey, @Nullable String userToken) {
    LoginPeer connection = login.connection();
    ConnectOptions options = login.options();
    long now = Math.floorDiv(time.epochNanos(), SECOND);
    InetSocketAddress remote = connection.remoteAddress();
    JsonWriter json =
        JsonWriter.compact()
            .beginObject()
            .field("aud", AUDIENCE)
            .field("exp", now + Math.max(1, patienceNanos / SECOND))
            .field("iat", now)
            .field("iss", server.key().publicKey())
            .field("sub", terms.issuer())
            .beginObject("nats")
            .beginObject("server_id")
            .field("name", server.name())
            .field("host", server.host())
            .field("id", server.key().publicKey())
            .field("version", server.version())
            .fieldIfSet("cluster", server.cluster().get())
            .fieldIfSet("tags", server.tags())
            .fieldIfSet("xkey", terms.xkey().isEmpty() ? "" : server.curve().get().publicKey())
            .endObject()
            .field("user_nkey", userKey)
            .beginObject("client_info")
            .fieldIfSet("host", remote == null ? "" : HostPort.text(remote.getAddress()))
            .field("id", connection.id())
            .fieldIfSet("user", ClientDescription.userName(options, null))
            .fieldIfSet("name", options.name())
            .field("kind", connection.kind())
            .field("type", isWebSocket(connection) ? "websocket" : "nats")
            .fieldIfSet("nonce", options.signature() == null ? "" : connection.nonce())
            .endObject()
            .beginObject("connect_opts")
            .fieldIfSet("jwt", userToken)
            .fieldIfSet("nkey", options.nkey())
            .fieldIfSet("sig", options.signature())
            .fieldIfSet("auth_token", options.token())
            .fieldIfSet("user", options.user())
            .fieldIfSet("pass", options.password())
            .fieldIfSet("name", options.name())
            .fieldIfSet("lang", options.lang())
            .fieldIfSet("version", options.version())
            .field("protocol", options.protocol())
            .endObject();
    TlsDescription.write(json, "client_tls", connection.tlsSession());
    json.field("type", "authorization_request").field("version", 2).endObject().endObject();
    return Jwt.sign(server.key(), json.toBytes());
  }

  /** The service has accepted a client that does not come through a trusted proxy and must. */
  private static final class ProxyRequiredException extends Exception {
    private static final long serialVersionUID = 1L;

    ProxyRequiredException() {
      super("proxy connection required");
    }
  }

  /** One login that waits for its answer. */
  private final class Question {
    private final Login login;
    private final AuthCalloutSettings terms;
    private final Account account;
    private final String userKey;
    private final boolean proxyRequired;
    private final AtomicBoolean done = new AtomicBoolean();
    private volatile @Nullable Subscription subscription;
    private volatile @Nullable Timer timeout;

    Question(Login login, AuthCalloutSettings terms, String userKey, boolean proxyRequired) {
      this.login = login;
      this.terms = terms;
      this.account = terms.account();
      this.userKey = userKey;
      this.proxyRequired = proxyRequired;
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

    /** Turns the client away; its service's account is told why. */
    void refuse(String reason) {
      refuse(CloseReason.AUTHENTICATION_VIOLATION, reason);
    }

    private void refuse(CloseReason closing, String reason) {
      if (end()) {
        if (!reason.isEmpty()) {
          log.warn("{}: {}", login.connection(), reason);
        }
        failures.refuse(login, closing, account, reason);
      }
    }

    void onAnswer(Subscription matched, Message message, WorkBatch batch) {
      try {
        AuthenticatedUser user = user(message.payload());
        if (end()) {
          login.accept(withoutHearing(user, terms));
        }
      } catch (ProxyRequiredException e) {
        refuse(CloseReason.PROXY_REQUIRED, "Proxy connection required");
      } catch (CredentialException | JsonException e) {
        String reason = String.valueOf(e.getMessage());
        refuse(reason.substring(0, 1).toUpperCase(Locale.ROOT) + reason.substring(1));
      }
    }

    private AuthenticatedUser user(byte[] answer)
        throws CredentialException, ProxyRequiredException {
      if (answer.length == 0) {
        throw new CredentialException(
            "auth callout violation: \"no reason supplied\" on account \"" + account.name() + "\"");
      }
      String token = new String(answer, StandardCharsets.UTF_8);
      boolean encrypted = !terms.xkey().isEmpty() && !token.startsWith(TOKEN_START);
      if (encrypted) {
        token = decrypt(answer);
      }
      Jwt response = Jwt.parse(token);
      if (!response.type().equals("authorization_response")) {
        throw new CredentialException("not an authorization response claim");
      }
      String refusal = response.claims().string("error", "");
      String userToken = response.claims().string("jwt", "");
      checkFields(response, refusal, userToken);
      if (!response.subject().equals(userKey)) {
        throw new CredentialException(
            "auth callout violation: auth callout response is not for expected user");
      }
      if (!response.audience().equals(server.key().publicKey())) {
        throw new CredentialException(
            "auth callout violation: auth callout response is not for server");
      }
      // Before its error is told, since anybody in the account may have sent it.
      terms.checkSigner(response, encrypted);
      if (!refusal.isEmpty()) {
        throw new CredentialException("auth callout service returned an error: " + refusal);
      }
      UserClaims claims = UserClaims.parse(userToken);
      requireProxy(proxyRequired || claims.limits().proxyRequired());
      long now = Math.floorDiv(time.epochNanos(), SECOND);
      if (claims.jwt().isOutsideOfTime(now)) {
        boolean expired = claims.jwt().expires() > 0 && now > claims.jwt().expires();
        throw new CredentialException(
            "error validating user JWT: "
                + (expired ? "claim is expired" : "claim is not yet valid"));
      }
      if (!claims.jwt().subject().equals(userKey)) {
        throw new CredentialException(
            "Expected authorized user of \""
                + userKey
                + "\" but got \""
                + claims.jwt().subject()
                + "\" on account \""
                + account.name()
                + "\"");
      }
      return authorizedUser(claims);
    }

    private void requireProxy(boolean required) throws ProxyRequiredException {
      if (required && login.connection().proxyKey() == null) {
        throw new ProxyRequiredException();
      }
    }

    // AuthorizationResponseClaims.Validate of the jwt library, which tells the first problem.
    private void checkFields(Jwt response, String refusal, String userToken)
        throws CredentialException {
      String problem = "";
      if (!NKey.isValid(response.subject(), NKey.Role.USER)) {
        problem = "Subject must be a user public key";
      } else if (!NKey.isValid(response.audience(), NKey.Role.SERVER)) {
        problem = "Audience must be a server public key";
      } else if (refusal.isEmpty() && userToken.isEmpty()) {
        problem = "Error or Jwt is required";
      } else if (!refusal.isEmpty() && !userToken.isEmpty()) {
        problem = "Only Error or Jwt can be set";
      }
      if (!problem.isEmpty()) {
        throw new CredentialException("authorization response had validation errors: " + problem);
      }
    }

    private String decrypt(byte[] answer) throws CredentialException {
      try {
        return new String(server.curve().get().open(answer, terms.xkey()), StandardCharsets.UTF_8);
      } catch (CredentialException e) {
        throw new CredentialException(
            "error decrypting auth callout response on account \""
                + account.name()
                + "\": "
                + e.getMessage());
      }
    }

    private String authorized() {
      return "authorized user on account \"" + account.name() + '"';
    }

    private AuthenticatedUser authorizedUser(UserClaims claims)
        throws CredentialException, ProxyRequiredException {
      AuthCalloutSettings.Placement placement = terms.place(claims);
      InetSocketAddress remote = login.connection().remoteAddress();
      if (!JwtAuthenticator.isFrom(placement.limits(), remote)) {
        throw new CredentialException(
            authorized()
                + " not allowed from source \""
                + (remote == null ? "" : HostPort.text(remote.getAddress()))
                + '"');
      }
      long until = AllowedTimes.until(placement.limits(), time.now());
      if (until == 0) {
        throw new CredentialException(authorized() + " outside of valid connect times");
      }
      if (!JwtAuthenticator.allows(placement.limits(), login.connection().connectionType())) {
        boolean known =
            placement.limits().connectionTypes().stream()
                .anyMatch(name -> ConnectionType.of(name) != null);
        throw new CredentialException(
            authorized()
                + (known
                    ? " not allowed to use connection type"
                    : " using invalid connection type"));
      }
      // The scope of the key that has signed the user may ask for a proxy, too.
      requireProxy(placement.limits().proxyRequired());
      long expires = claims.jwt().expires() == 0 ? Long.MAX_VALUE : claims.jwt().expires();
      expires = Math.min(expires, until);
      Permissions permissions =
          JwtAuthenticator.permissions(placement.limits(), placement.defaults());
      return new AuthenticatedUser(
          claims.jwt().name().isEmpty() ? userKey : claims.jwt().name(),
          placement.account(),
          permissions,
          JwtAuthenticator.expiry(expires),
          placement.limits().maxSubscriptions(),
          placement.limits().maxPayload(),
          new AuthenticatedUser.Origin(
              claims.jwt().issuer(), claims.jwt().name(), claims.tags(), claims.limits().bearer()));
    }
  }
}
