package dev.hubkit.nats.security;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerConfig;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.OperatorClaims;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.route.RouteLogin;
import dev.hubkit.nats.wire.ConnectOptions;
import dev.hubkit.time.TimeSource;
import dev.hubkit.work.Activity;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Logins by what a configuration says: by the users that it lists, by the tokens of its operator,
 * or by a service that it names. Thread-safe.
 */
public final class ConfigAuthenticator implements Authenticator, Activity, AutoCloseable {
  private static final Log log = Log.of(ConfigAuthenticator.class);

  private final PasswordCheck passwords;
  private final LoginThrottle failures;
  private final ListedLogins listed;
  private final TrustedProxies proxies;
  private final @Nullable TokenLogins operator;
  private final Set<String> strict;
  private final @Nullable AuthCallout callout;
  private final @Nullable ConfigAuthCallout terms;
  private final @Nullable LeafAuthenticator leafs;

  /**
   * Makes the logins of a configuration.
   *
   * @param accounts finds an account by name, or makes it
   * @param claimed the accounts of operator mode
   * @param server what signs the questions to an auth callout; null where there is none
   */
  public ConfigAuthenticator(
      ServerConfig config,
      Function<String, Account> accounts,
      ClaimedAccounts claimed,
      TimeSource time,
      @Nullable ServerKey server,
      String threadName) {
    passwords = new PasswordCheck(threadName, time);
    failures = new LoginThrottle(time);
    listed = new ListedLogins(config, accounts, passwords);
    proxies = new TrustedProxies(config.get(Options.TRUSTED_PROXIES));
    callout =
        server == null ? null : new AuthCallout(server, time, LoginTimeout.of(config), failures);
    Set<String> known = knownAccounts(config);
    terms =
        config
            .find(Options.AUTH_CALLOUT)
            .map(block -> new ConfigAuthCallout(block, accounts, known::contains))
            .orElse(null);
    LeafNodesConfig leafNodes = config.get(Options.LEAFNODES);
    leafs =
        leafNodes.hasLogins()
            ? new LeafAuthenticator(leafNodes, accounts, passwords, failures)
            : null;
    strict =
        config.get(Options.OPERATORS).stream()
            .filter(OperatorClaims::strictSigningKeyUsage)
            .map(claims -> claims.jwt().subject())
            .collect(Collectors.toSet());
    boolean trusting =
        !config.get(Options.OPERATORS).isEmpty() || !config.get(Options.TRUSTED_KEYS).isEmpty();
    operator =
        trusting
            ? new TokenLogins(
                new JwtAuthenticator(config, claimed, time, failures, callout), threadName)
            : null;
  }

  private static Set<String> knownAccounts(ServerConfig config) {
    Set<String> known =
        new HashSet<>(Set.of(ListedUsers.GLOBAL_ACCOUNT, ListedLogins.DEFAULT_SYSTEM_ACCOUNT));
    known.add(config.get(Options.SYSTEM_ACCOUNT));
    config.get(Options.ACCOUNTS).forEach(account -> known.add(account.name()));
    known.remove("");
    return known;
  }

  /** Returns what decides on leaf nodes: this, unless they have logins of their own. */
  public Authenticator leafNodes() {
    return leafs == null ? this : leafs;
  }

  /**
   * Returns whether asking again who a client is disturbs nobody: an auth callout is somebody's
   * service.
   */
  public boolean canAskAgain() {
    return terms == null;
  }

  @Override
  public boolean required() {
    return operator != null || terms != null || listed.required();
  }

  @Override
  public boolean knowsUsers() {
    return operator != null || terms != null || listed.knowsUsers();
  }

  @Override
  public boolean wantsNonce() {
    return operator != null || listed.wantsNonce() || !proxies.isEmpty();
  }

  @Override
  public boolean readsTokens() {
    return operator != null;
  }

  @Override
  public boolean isListed(ConnectOptions given) {
    return operator != null || terms != null || listed.isListed(given);
  }

  @Override
  public @Nullable AuthenticatedUser anonymous() {
    return operator != null || terms != null ? null : listed.anonymous();
  }

  @Override
  public void authenticate(Login login) {
    if (!proxies.check(login)) {
      log.debug("{} - proxy is not trusted", login.connection());
      failures.refuse(login, CloseReason.PROXY_NOT_TRUSTED);
    } else if (operator != null) {
      operator.authenticate(login);
    } else if (terms == null || callout == null) {
      listed.identify(login, identified -> decide(login, identified));
    } else {
      ConfigAuthCallout service = terms;
      AuthCallout asked = callout;
      listed.identify(login, identified -> decide(login, identified, service, asked));
    }
  }

  private void decide(Login login, ListedLogins.Identified identified) {
    AuthenticatedUser user = identified.user();
    if (user != null) {
      login.accept(user);
    } else if (identified.proxyRequired() && login.connection().proxyKey() == null) {
      log.debug("{} - proxy connection required", login.connection());
      failures.refuse(login, CloseReason.PROXY_REQUIRED);
    } else {
      failures.refuse(login);
    }
  }

  private void decide(
      Login login,
      ListedLogins.Identified identified,
      ConfigAuthCallout service,
      AuthCallout asked) {
    AuthenticatedUser user = identified.user();
    if (!service.decidesOn(user == null ? null : user.account())) {
      decide(login, identified);
    } else if (service.isServiceItself(login)) {
      if (user == null) {
        decide(login, identified);
      } else {
        login.accept(AuthCallout.withoutAsking(user, service));
      }
    } else {
      asked.ask(login, service, login.options().jwt(), identified.proxyRequired());
    }
  }

  private JwtAuthenticator operator() {
    TokenLogins present = operator;
    if (present == null) {
      throw new IllegalStateException("not in operator mode");
    }
    return present.authenticator();
  }

  /** Returns the tokens of accounts, in operator mode. */
  public AccountResolver tokens() {
    return operator().tokens();
  }

  /** Returns whether a key is the operator's, in operator mode. */
  public boolean isTrusted(String key) {
    return operator().isTrusted(key);
  }

  /** Returns false for the key of an operator that has accounts signed by its signing keys only. */
  public boolean maySign(String key) {
    return !strict.contains(key);
  }

  /** Returns what the changed token of an account of operator mode means to its clients. */
  public ChangedClaims change(AccountClaims before, AccountClaims after) {
    return new ChangedClaims(before, after, operator());
  }

  /**
   * Returns whether a server of this operator may use an account: it is signed by a trusted key,
   * valid, and it is its time.
   */
  public boolean isUsable(AccountClaims claims) {
    return operator().isUsable(claims);
  }

  /**
   * Returns the claims of an account of operator mode; null when there are none that can be used.
   * May take long.
   */
  public @Nullable AccountClaims account(String key) {
    return operator == null ? null : operator.authenticator().find(key);
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
    return passwords.isIdle() && (operator == null || operator.isIdle());
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    return passwords.awaitIdle(nanos)
        && (operator == null || operator.awaitIdle(Math.max(0, end - System.nanoTime())));
  }

  /** Decides on nothing more; logins that wait are left to what decides by then. */
  @Override
  public void close() {
    listed.close();
    passwords.close();
    if (operator != null) {
      operator.close();
    }
  }
}
