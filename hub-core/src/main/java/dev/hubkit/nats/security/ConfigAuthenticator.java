package dev.hubkit.nats.security;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.User;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.PermissionsConfig;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.config.UserConfig;
import dev.hubkit.nats.config.WebSocketConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.NKey;
import dev.hubkit.nats.credential.OperatorClaims;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Connection;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.route.RouteLogin;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Logins by what a configuration lists: users with passwords, NKeys or certificates, or a single
 * user or token for all. The order in which these are tried is nats-server's.
 */
public final class ConfigAuthenticator implements Authenticator, Activity, AutoCloseable {
  private static final Log log = Log.of(ConfigAuthenticator.class);
  private static final String GLOBAL_ACCOUNT = "$G";
  private static final String DEFAULT_SYSTEM_ACCOUNT = "$SYS";

  private record Known(UserConfig config, User user) {
    // As in nats-server, whatever the user shows (processClientOrLeafAuthentication in auth.go): no
    // client comes through a trusted proxy here.
    private @Nullable User withoutCredentials() {
      return config.proxyRequired() ? null : user;
    }
  }

  /** What one kind of listener asks for: a websocket block can have its own. */
  private record Gate(
      String noAuthUser, String name, String password, String token, boolean mapCertificates) {}

  private final Map<String, Known> users = new HashMap<>();
  private final Map<String, Known> nkeys = new HashMap<>();
  private final User single;
  private final Gate gate;
  private final @Nullable Gate webSocketGate;
  private final boolean required;
  private final boolean withoutUserIsGlobal;
  private final @Nullable JwtAuthenticator operator;
  private final Set<String> strict;
  private final @Nullable AuthCallout callout;
  private final @Nullable ConfigAuthCallout terms;
  // A server that has to be asked for an account can be slow.
  private static final int LOOKUP_THREADS = 8;

  private final PasswordCheck passwords;
  private final LoginQueue lookups;
  private final LoginThrottle failures;
  private volatile boolean closed;

  /**
   * Makes the logins of a configuration.
   *
   * @param accounts finds an account by name, or makes it
   * @param entered finds or makes the account of a token, in operator mode
   * @param server what signs the questions to an auth callout; null where there is none
   */
  public ConfigAuthenticator(
      ServerConfig config,
      Function<String, Account> accounts,
      Function<AccountClaims, Account> entered,
      TimeSource time,
      @Nullable ServerKey server,
      String threadName) {
    passwords = new PasswordCheck(threadName, time);
    lookups = new LoginQueue(threadName + "-account", LOOKUP_THREADS);
    failures = new LoginThrottle(time);
    Map<PermissionsConfig, Permissions> shared = new HashMap<>();
    for (UserConfig listed : config.get(Options.USERS)) {
      Known known = known(listed, accounts, shared);
      (listed.nkey().isEmpty() ? users : nkeys).put(listed.key(), known);
    }
    String name = config.get(Options.USER);
    Account global = accounts.apply(GLOBAL_ACCOUNT);
    single = new User(name.isEmpty() ? null : name, global, Permissions.ALL, 0, -1, -1);
    boolean map = config.get(Options.TLS).map(tls -> tls.settings().verifyAndMap()).orElse(false);
    gate =
        new Gate(
            config.get(Options.NO_AUTH_USER),
            name,
            config.get(Options.PASSWORD),
            config.get(Options.TOKEN),
            map);
    webSocketGate = config.get(Options.WEBSOCKET).map(block -> gate(block, gate)).orElse(null);
    required = hasUsers() || !gate.name.isEmpty() || !gate.token.isEmpty();
    withoutUserIsGlobal = isAboutSystemAccountOnly(config);
    callout =
        server == null ? null : new AuthCallout(server, time, LoginTimeout.of(config), failures);
    Set<String> known = knownAccounts(config);
    terms =
        config
            .find(Options.AUTH_CALLOUT)
            .map(block -> new ConfigAuthCallout(block, accounts, known::contains))
            .orElse(null);
    strict =
        config.get(Options.OPERATORS).stream()
            .filter(OperatorClaims::strictSigningKeyUsage)
            .map(claims -> claims.jwt().subject())
            .collect(Collectors.toSet());
    boolean trusting =
        !config.get(Options.OPERATORS).isEmpty() || !config.get(Options.TRUSTED_KEYS).isEmpty();
    operator = trusting ? new JwtAuthenticator(config, entered, time, failures, callout) : null;
  }

  private static Set<String> knownAccounts(ServerConfig config) {
    Set<String> known = new HashSet<>(Set.of(GLOBAL_ACCOUNT, DEFAULT_SYSTEM_ACCOUNT));
    known.add(config.get(Options.SYSTEM_ACCOUNT));
    config.get(Options.ACCOUNTS).forEach(account -> known.add(account.name()));
    known.remove("");
    return known;
  }

  private static Gate gate(WebSocketConfig block, Gate other) {
    boolean map = block.tls() != null && block.tls().settings().verifyAndMap();
    boolean own =
        !block.user().isEmpty() || !block.token().isEmpty() || !block.noAuthUser().isEmpty();
    return own
        ? new Gate(block.noAuthUser(), block.user(), block.password(), block.token(), map)
        : new Gate(other.noAuthUser, other.name, other.password, other.token, map);
  }

  // A configuration that only gives the system account its users leaves everybody else alone.
  private boolean isAboutSystemAccountOnly(ServerConfig config) {
    String system = config.get(Options.SYSTEM_ACCOUNT);
    String name = system.isEmpty() ? DEFAULT_SYSTEM_ACCOUNT : system;
    return hasUsers()
        && gate.noAuthUser.isEmpty()
        && !hasAuthorizationBlock(config)
        && config.get(Options.ACCOUNTS).size() == 1
        && config.get(Options.ACCOUNTS).get(0).name().equals(name);
  }

  // What such a block leaves out is set, too; flags set only what they say.
  private static boolean hasAuthorizationBlock(ServerConfig config) {
    return config.isSet(Options.USER)
        && config.isSet(Options.PASSWORD)
        && config.isSet(Options.TOKEN);
  }

  private boolean hasUsers() {
    return !users.isEmpty() || !nkeys.isEmpty();
  }

  private static Known known(
      UserConfig listed,
      Function<String, Account> accounts,
      Map<PermissionsConfig, Permissions> shared) {
    Account account =
        accounts.apply(listed.account().isEmpty() ? GLOBAL_ACCOUNT : listed.account());
    PermissionsConfig granted = listed.permissions();
    Permissions permissions =
        granted == null
            ? Permissions.ALL
            : shared.computeIfAbsent(granted, PermissionsConfig::permissions);
    User.Origin origin =
        listed.nkey().isEmpty() ? User.Origin.NONE : new User.Origin(account.name(), "", List.of());
    return new Known(listed, new User(listed.key(), account, permissions, 0, -1, -1, origin));
  }

  /**
   * Whether asking again who a client is disturbs nobody: an auth callout is somebody's service.
   */
  public boolean canAskAgain() {
    return terms == null;
  }

  @Override
  public boolean required() {
    return operator != null
        || terms != null
        || (required && gate.noAuthUser.isEmpty() && !withoutUserIsGlobal);
  }

  @Override
  public boolean wantsNonce() {
    return operator != null || !nkeys.isEmpty();
  }

  @Override
  public @Nullable User anonymous() {
    if (operator != null || terms != null) {
      return null;
    }
    if (!required || withoutUserIsGlobal) {
      return single;
    }
    Known known = gate.noAuthUser.isEmpty() ? null : anyone(gate.noAuthUser);
    return known == null ? null : known.withoutCredentials();
  }

  private @Nullable Known anyone(String key) {
    Known named = users.get(key);
    return named == null ? nkeys.get(key) : named;
  }

  @Override
  public void authenticate(Login login) {
    if (operator != null) {
      byToken(login, operator);
      return;
    }
    if (terms == null || callout == null) {
      listed(login, user -> settle(login, user));
    } else {
      ConfigAuthCallout service = terms;
      AuthCallout asked = callout;
      listed(login, user -> settle(login, user, service, asked));
    }
  }

  private void settle(Login login, @Nullable User user) {
    if (user == null) {
      failures.refuse(login);
    } else {
      login.accept(user);
    }
  }

  private void settle(
      Login login, @Nullable User user, ConfigAuthCallout service, AuthCallout asked) {
    if (!service.decidesOn(user == null ? null : user.account())) {
      settle(login, user);
    } else if (service.isServiceItself(login)) {
      settle(login, user == null ? null : AuthCallout.withoutAsking(user, service));
    } else {
      asked.ask(login, service, login.options().jwt());
    }
  }

  /** Tells {@code found} which of the users listed a client is; null for none of them. */
  private void listed(Login login, Consumer<@Nullable User> found) {
    ConnectionType type = login.connection().transport().type();
    Gate asked = type == ConnectionType.WEBSOCKET && webSocketGate != null ? webSocketGate : gate;
    boolean needed =
        required || !asked.name.isEmpty() || !asked.token.isEmpty() || !asked.noAuthUser.isEmpty();
    if (!needed) {
      found.accept(single);
      return;
    }
    ConnectOptions given = login.options();
    boolean nothing = given.user() == null && given.password() == null && given.token() == null;
    if (nothing && given.nkey() == null && withoutUserIsGlobal) {
      found.accept(single);
      return;
    }
    String nkey = given.nkey();
    if (nothing && nkey == null && nkeys.containsKey(asked.noAuthUser)) {
      found.accept(nkeys.get(asked.noAuthUser).withoutCredentials());
    } else if (nkey != null && !nkeys.isEmpty()) {
      found.accept(byNKey(login, nkeys.get(nkey), type));
    } else if (!users.isEmpty() && asked.mapCertificates) {
      found.accept(byCertificate(login, type));
    } else if (nothing && users.containsKey(asked.noAuthUser)) {
      found.accept(users.get(asked.noAuthUser).withoutCredentials());
    } else if (!users.isEmpty() && given.user() != null) {
      byPassword(login, users.get(given.user()), type, found);
    } else {
      bySingle(login, asked, found);
    }
  }

  // An account that has to be fetched would hold up the thread.
  private void byToken(Login login, JwtAuthenticator operator) {
    if (operator.isQuick(login)) {
      operator.authenticate(login);
    } else {
      lookups.add(new Lookup(login, operator));
    }
  }

  private record Lookup(Login login, JwtAuthenticator operator) implements LoginQueue.Item {
    @Override
    public LoginQueue.Attempt attempt() {
      return new LoginQueue.ClientAttempt(login);
    }

    @Override
    public boolean isWanted() {
      return login.connection().isOpen();
    }

    @Override
    public boolean isRepeated() {
      return false;
    }

    @Override
    public void run() {
      operator.authenticate(login);
    }

    @Override
    public void dropped() {
      // The client has gone; there is nothing to undo.
    }
  }

  private JwtAuthenticator operator() {
    JwtAuthenticator present = operator;
    if (present == null) {
      throw new IllegalStateException("not in operator mode");
    }
    return present;
  }

  /** The tokens of accounts, in operator mode. */
  public AccountResolver tokens() {
    return operator().tokens();
  }

  /** Whether a key is the operator's, in operator mode. */
  public boolean isTrusted(String key) {
    return operator().isTrusted(key);
  }

  /** False for the key of an operator that wants accounts signed with its signing keys only. */
  public boolean maySign(String key) {
    return !strict.contains(key);
  }

  /**
   * Takes in a changed account of operator mode.
   *
   * @return tells of a token of a user of that account why its connection has to be closed; null
   *     for those that may stay
   * @throws CredentialException if it is no account
   */
  public Function<String, @Nullable CloseReason> update(String accountToken)
      throws CredentialException {
    JwtAuthenticator present = operator();
    AccountClaims claims = present.update(accountToken);
    return token -> present.expulsion(claims, token);
  }

  /** The claims of an account of operator mode; null when there are none. May take long. */
  public @Nullable AccountClaims account(String key) {
    return operator == null ? null : operator.tokens().find(key);
  }

  private static @Nullable User byNKey(Login login, @Nullable Known known, ConnectionType type) {
    return known != null
            && allows(known, type)
            && isSigned(login.connection(), login.options().signature(), known.config.nkey())
        ? known.user
        : null;
  }

  /** Whether a client's signature of its nonce is that of {@code key}. */
  static boolean isSigned(Connection connection, @Nullable String signature, String key) {
    String nonce = connection.nonce();
    if (nonce == null || signature == null) {
      log.debug("{}: signature missing", connection);
      return false;
    }
    try {
      // Base 64 with the alphabet of URLs, or the standard one.
      String standard = signature.replace('-', '+').replace('_', '/');
      byte[] bytes = Base64.getDecoder().decode(standard);
      return NKey.parse(key).verify(nonce.getBytes(StandardCharsets.US_ASCII), bytes);
    } catch (IllegalArgumentException e) {
      log.debug("{}: signature not valid base64", connection);
      return false;
    } catch (CredentialException e) {
      log.debug("{}: user nkey not valid: {}", connection, e.getMessage());
      return false;
    }
  }

  private @Nullable User byCertificate(Login login, ConnectionType type) {
    X509Certificate certificate = CertificateNames.of(login.connection().transport().tlsSession());
    Known known = certificate == null ? null : owner(certificate);
    return known != null && allows(known, type) ? known.user : null;
  }

  private @Nullable Known owner(X509Certificate certificate) {
    for (String name : CertificateNames.alternatives(certificate)) {
      Known known = users.get(name);
      if (known != null) {
        return known;
      }
    }
    for (Known known : users.values()) {
      if (CertificateNames.isSubject(known.config.name(), certificate)) {
        return known;
      }
    }
    return null;
  }

  private void byPassword(
      Login login, @Nullable Known known, ConnectionType type, Consumer<@Nullable User> found) {
    if (known == null || !allows(known, type)) {
      found.accept(null);
    } else {
      check(known.config.password(), login.options().password(), known.user, login, found);
    }
  }

  private void bySingle(Login login, Gate asked, Consumer<@Nullable User> found) {
    ConnectOptions given = login.options();
    if (!asked.token.isEmpty()) {
      check(asked.token, given.token(), single, login, found);
    } else if (!asked.name.isEmpty() && asked.name.equals(given.user())) {
      check(asked.password, given.password(), single, login, found);
    } else {
      found.accept(null);
    }
  }

  private void check(
      String configured,
      @Nullable String given,
      User user,
      Login login,
      Consumer<@Nullable User> found) {
    passwords.check(
        configured,
        Objects.requireNonNullElse(given, ""),
        new LoginQueue.ClientAttempt(login),
        right -> {
          if (closed) {
            // What this was made of holds no more; who is in its place has not been asked yet.
            login.reconsider();
          } else {
            found.accept(right ? user : null);
          }
        });
  }

  private static boolean allows(Known known, ConnectionType type) {
    Set<ConnectionType> types = known.config.connectionTypes();
    return !known.config.proxyRequired() && (types.isEmpty() || types.contains(type));
  }

  /**
   * Compares the password of another server with a hash, as those of clients are: on the threads
   * for that, when its turn comes.
   */
  public void checkPassword(String configured, String given, RouteLogin login) {
    passwords.check(configured, given, new RouteAttempt(login), login::decide);
  }

  private record RouteAttempt(RouteLogin login) implements LoginQueue.Attempt {
    @Override
    public @Nullable InetSocketAddress remoteAddress() {
      return login.remoteAddress();
    }

    @Override
    public boolean isOpen() {
      return login.isOpen();
    }

    @Override
    public void undecided() {
      login.undecided();
    }
  }

  @Override
  public boolean isIdle() {
    return passwords.isIdle() && lookups.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    return passwords.awaitIdle(nanos) && lookups.awaitIdle(Math.max(0, end - System.nanoTime()));
  }

  /** Decides on nothing more; logins that wait are left to what decides by then. */
  @Override
  public void close() {
    closed = true;
    passwords.close();
    lookups.close();
  }
}
