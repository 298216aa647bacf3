package dev.hubkit.nats.security;

import static java.util.stream.Collectors.joining;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.ClaimIssues;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.OperatorClaims;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.credential.UserLimits;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.net.LoginPeer;
import dev.hubkit.nats.wire.HostPort;
import dev.hubkit.time.Nanos;
import dev.hubkit.time.TimeSource;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Logins in operator mode: a user shows a token that its account has signed, whose token the
 * operator has signed. The checks and their order are nats-server's.
 */
final class JwtAuthenticator {
  private static final Log log = Log.of(JwtAuthenticator.class);
  private static final long DEFAULT_RESPONSE_NANOS = 120_000_000_000L;

  private final Set<String> trusted = new HashSet<>();
  private final Set<String> strict = new HashSet<>();
  private final Set<String> pinned;
  private final String sentinel;
  private final String systemAccount;
  private final AccountResolver tokens;
  private final ClaimedAccounts accounts;
  private final TimeSource time;
  private final LoginThrottle failures;
  private final @Nullable AuthCallout callout;

  JwtAuthenticator(
      ServerConfig config,
      ClaimedAccounts accounts,
      TimeSource time,
      LoginThrottle failures,
      @Nullable AuthCallout callout) {
    this.callout = callout;
    config.get(Options.OPERATORS).stream()
        .map(OperatorClaims::trustedKeys)
        .forEach(trusted::addAll);
    trusted.addAll(config.get(Options.TRUSTED_KEYS));
    config.get(Options.OPERATORS).stream()
        .filter(OperatorClaims::strictSigningKeyUsage)
        .map(OperatorClaims::signingKeys)
        .forEach(strict::addAll);
    pinned = new HashSet<>(config.get(Options.RESOLVER_PINNED_ACCOUNTS));
    sentinel = config.get(Options.DEFAULT_SENTINEL);
    systemAccount = config.get(Options.SYSTEM_ACCOUNT);
    if (!pinned.isEmpty() && !systemAccount.isEmpty()) {
      pinned.add(systemAccount);
    }
    tokens =
        new AccountResolver(
            config.get(Options.RESOLVER),
            config.get(Options.RESOLVER_PRELOAD),
            time,
            config.get(Options.RESOLVER_TLS).orElse(null));
    this.accounts = accounts;
    this.time = time;
    this.failures = failures;
  }

  /** The client is refused; the reason is for the log only. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final CloseReason closing;

    Refusal(String reason) {
      this(CloseReason.AUTHENTICATION_VIOLATION, reason);
    }

    Refusal(CloseReason closing, String reason) {
      super(reason);
      this.closing = closing;
    }

    /** Returns whether the log tells of it already. */
    boolean isLogged() {
      return "".equals(getMessage());
    }
  }

  AccountResolver tokens() {
    return tokens;
  }

  /** Returns whether the login can be decided without waiting for anything. */
  boolean isQuick(Login login) {
    try {
      return accounts.current(user(login).account()) != null || tokens.isInMemory();
    } catch (Refusal e) {
      return true;
    }
  }

  void authenticate(Login login) {
    AuthenticatedUser user = null;
    JwtAuthCallout terms = null;
    boolean serviceItself = false;
    CloseReason closing = CloseReason.AUTHENTICATION_VIOLATION;
    boolean proxyRequired = false;
    String token = null;
    try {
      Presented presented = presented(login);
      token = presented.token;
      UserClaims claims = check(login, presented);
      proxyRequired = claims.limits().proxyRequired();
      AccountClaims account = account(claims);
      if (account.callout().isPresent()) {
        terms = new JwtAuthCallout(account, this);
        serviceItself = account.callout().users().contains(claims.jwt().subject());
      }
      user = check(login, claims, account);
    } catch (Refusal e) {
      if (!e.isLogged()) {
        log.debug("{} - {}", login.connection(), e.getMessage());
      }
      closing = e.closing;
    }
    if (terms != null && callout != null) {
      if (!serviceItself) {
        callout.ask(login, terms, token, proxyRequired);
        return;
      }
      user = user == null ? null : AuthCallout.withoutAsking(user, terms);
    }
    if (user == null) {
      failures.refuse(login, closing);
    } else {
      login.accept(user);
    }
  }

  /** Returns the account of a token, set up as the token says. */
  Account enter(AccountClaims claims) {
    return accounts.enter(claims);
  }

  /** The token that counts for a client: its own if it is one of a user, else the sentinel. */
  private record Presented(String token, UserClaims claims) {}

  private Presented presented(Login login) throws Refusal {
    String own = login.options().jwt();
    if (own != null) {
      try {
        return new Presented(own, UserClaims.parse(own));
      } catch (CredentialException e) {
        // As with nats-server, it is as good as none.
        log.trace("{} - {}", login.connection(), e.getMessage());
      }
    }
    if (sentinel.isEmpty()) {
      throw new Refusal("Authentication requires a user JWT");
    }
    try {
      return new Presented(sentinel, UserClaims.parse(sentinel));
    } catch (CredentialException e) {
      throw new Refusal("User JWT not valid: " + e.getMessage());
    }
  }

  private UserClaims user(Login login) throws Refusal {
    return check(login, presented(login));
  }

  private UserClaims check(Login login, Presented presented) throws Refusal {
    UserClaims user = presented.claims;
    requireProxy(login, user.limits());
    ClaimIssues issues = user.issues(seconds());
    if (issues.isBlocking()) {
      throw new Refusal(
          issues.all().stream()
              .map(ClaimIssues.Issue::description)
              .collect(joining(" ", "User JWT no longer valid: &{Issues:[", "]}")));
    }
    return user;
  }

  private long seconds() {
    return Math.floorDiv(time.epochNanos(), 1_000_000_000L);
  }

  private AuthenticatedUser check(Login login, UserClaims user, AccountClaims account)
      throws Refusal {
    if (!isSigner(account, user.jwt().issuer())) {
      throw new Refusal("User JWT issuer is not known");
    }
    if (account.jwt().expires() > 0 && account.jwt().expires() <= seconds()) {
      throw new Refusal("Account JWT has expired");
    }
    UserLimits limits;
    try {
      limits = limits(user, account);
    } catch (CredentialException e) {
      throw new Refusal(String.valueOf(e.getMessage()));
    }
    // The scope of the key that has signed the user may ask for a proxy, too.
    requireProxy(login, limits);
    if (limits.bearer() && account.disallowBearer()) {
      throw new Refusal("Account does not allow bearer tokens");
    }
    LoginPeer connection = login.connection();
    checkConnectionType(limits, connection.connectionType());
    if (!limits.bearer()
        && !NonceSignature.verify(connection, login.options().signature(), user.jwt().subject())) {
      // The log has what is wrong with it.
      throw new Refusal("");
    }
    if (account.revokes(user.jwt().subject(), user.jwt().issuedAt())) {
      throw new Refusal("User authentication revoked");
    }
    if (!isFrom(limits, connection.remoteAddress())) {
      log.error("{} - Bad src Ip {}", connection, ip(connection));
      throw new Refusal("");
    }
    long until = AllowedTimes.until(limits, time.now());
    if (until == 0) {
      log.error("{} - Outside connect times", connection);
      throw new Refusal("");
    }
    Account entered = accounts.enter(account);
    return toUser(user, account, entered, limits, until);
  }

  /**
   * What a user may do: what its token says, or the scope of the key that has signed it.
   *
   * @throws CredentialException if both say something
   */
  UserLimits limits(UserClaims user, AccountClaims account) throws CredentialException {
    UserLimits scope = account.scope(user.jwt().issuer());
    if (scope == null) {
      return user.limits();
    }
    if (user.hasLimits()) {
      throw new CredentialException(
          "user JWT is not valid: scoped users require no permissions or limits set");
    }
    return fillTemplate(scope, new TemplatedSubjects(user, account));
  }

  private AuthenticatedUser toUser(
      UserClaims user, AccountClaims account, Account entered, UserLimits limits, long until) {
    // The account's own expiry ends the connections of all its users, when its time comes.
    long expires = user.jwt().expires() == 0 ? Long.MAX_VALUE : user.jwt().expires();
    expires = Math.min(expires, until);
    return new AuthenticatedUser(
        user.jwt().subject(),
        entered,
        permissions(limits, account.defaults()),
        expiry(expires),
        limits.maxSubscriptions(),
        limits.maxPayload(),
        new AuthenticatedUser.Origin(
            user.jwt().issuer(), user.jwt().name(), user.tags(), user.limits().bearer()));
  }

  /**
   * Returns when a login ends, in nanoseconds since the epoch; 0 for never.
   *
   * @param seconds since the epoch; negative ones are over at once, the largest number is never
   */
  static long expiry(long seconds) {
    return seconds == Long.MAX_VALUE ? 0 : Math.max(1, Nanos.ofSeconds(seconds));
  }

  /** What limits allow to publish and subscribe, or the account's defaults if they say nothing. */
  static Permissions permissions(UserLimits own, UserLimits defaults) {
    boolean unset =
        own.publishAllow() == null
            && own.subscribeAllow() == null
            && own.publishDeny().isEmpty()
            && own.subscribeDeny().isEmpty()
            && own.responses() == 0;
    return permissions(unset ? defaults : own);
  }

  private static Permissions permissions(UserLimits limits) {
    ResponsePermission responses = null;
    List<String> publish = limits.publishAllow();
    if (limits.responses() != 0) {
      long nanos = limits.responseNanos() == 0 ? DEFAULT_RESPONSE_NANOS : limits.responseNanos();
      responses = new ResponsePermission(limits.responses(), nanos);
      publish = publish == null ? List.of() : publish;
    }
    return new Permissions(
        publish, limits.publishDeny(), limits.subscribeAllow(), limits.subscribeDeny(), responses);
  }

  private static UserLimits fillTemplate(UserLimits template, TemplatedSubjects subjects)
      throws CredentialException {
    try {
      return new UserLimits(
          subjects.fill(template.publishAllow(), true),
          Objects.requireNonNull(subjects.fill(template.publishDeny(), false)),
          subjects.fill(template.subscribeAllow(), true),
          Objects.requireNonNull(subjects.fill(template.subscribeDeny(), false)),
          template.responses(),
          template.responseNanos(),
          template.sources(),
          template.times(),
          template.timesLocation(),
          template.maxSubscriptions(),
          template.maxPayload(),
          template.bearer(),
          template.proxyRequired(),
          template.connectionTypes());
    } catch (IllegalArgumentException e) {
      throw new CredentialException("user JWT generated invalid permissions: " + e.getMessage());
    }
  }

  private static void requireProxy(Login login, UserLimits limits) throws Refusal {
    if (limits.proxyRequired() && login.connection().proxyKey() == null) {
      throw new Refusal(CloseReason.PROXY_REQUIRED, "proxy connection required");
    }
  }

  private static String ip(LoginPeer connection) {
    InetSocketAddress remote = connection.remoteAddress();
    return remote == null ? "" : HostPort.text(remote.getAddress());
  }

  private static void checkConnectionType(UserLimits limits, ConnectionType type) throws Refusal {
    if (!allows(limits, type)) {
      throw new Refusal("Connection type not allowed");
    }
  }

  /** Returns whether a user may connect in that way. */
  static boolean allows(UserLimits limits, ConnectionType type) {
    return limits.connectionTypes().isEmpty()
        || limits.connectionTypes().stream().anyMatch(name -> ConnectionType.of(name) == type);
  }

  /** Returns whether a user may connect from that address. */
  static boolean isFrom(UserLimits limits, @Nullable InetSocketAddress remote) {
    return limits.sources().isEmpty()
        || (remote != null
            && limits.sources().stream()
                .anyMatch(network -> Network.contains(network, remote.getAddress())));
  }

  /**
   * Returns whether a key may sign users of an account. Where the operator is strict about signing
   * keys, the account's own may not.
   */
  boolean isSigner(AccountClaims account, String key) {
    return account.isSigner(key)
        && !(strict.contains(account.jwt().issuer()) && key.equals(account.jwt().subject()));
  }

  /** Returns whether a key is the operator's, to sign accounts with. */
  boolean isTrusted(String key) {
    return trusted.contains(key);
  }

  private AccountClaims account(UserClaims user) throws Refusal {
    String key = user.account();
    if (!pinned.isEmpty() && !pinned.contains(key)) {
      throw new Refusal("Account " + key + " not listed as operator pinned account");
    }
    AccountClaims account = find(key);
    if (account == null) {
      throw new Refusal("Account JWT lookup error");
    }
    if (!isTrusted(account.jwt().issuer())) {
      throw new Refusal("Account JWT not signed by trusted operator");
    }
    return account;
  }

  /**
   * Returns the claims of an account: those that it is set up by, or else those of the resolver;
   * null when there are none that can be used. May take long.
   */
  @Nullable AccountClaims find(String key) {
    AccountClaims current = accounts.current(key);
    if (current != null) {
      return current;
    }
    AccountClaims found = tokens.find(key);
    if (found != null && !isUsable(found)) {
      log.debug("Account JWT lookup error: {}: account validation failed", key);
      return null;
    }
    return found;
  }

  /** {@code verifyAccountClaims} of nats-server. */
  boolean isUsable(AccountClaims claims) {
    return isTrusted(claims.jwt().issuer()) && !claims.issues(seconds()).isBlocking();
  }
}
