package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.config.LeafNodesConfig;
import dev.hubkit.nats.config.UserConfig;
import dev.hubkit.nats.net.Authenticator;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.net.Login;
import dev.hubkit.nats.wire.ConnectOptions;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Logins of leaf nodes by what the {@code leafnodes} block lists; where it lists nothing, leaf
 * nodes log in as clients do (isLeafNodeAuthorized in nats-server's {@code auth.go}). Thread-safe.
 */
final class LeafAuthenticator implements Authenticator {
  private final LeafNodesConfig config;
  private final Function<String, Account> accounts;
  private final PasswordCheck passwords;
  private final LoginThrottle failures;

  LeafAuthenticator(
      LeafNodesConfig config,
      Function<String, Account> accounts,
      PasswordCheck passwords,
      LoginThrottle failures) {
    this.config = config;
    this.accounts = accounts;
    this.passwords = passwords;
    this.failures = failures;
  }

  @Override
  public boolean required() {
    return true;
  }

  @Override
  public boolean knowsUsers() {
    return true;
  }

  @Override
  public boolean wantsNonce() {
    return true;
  }

  @Override
  public boolean isReported() {
    return false;
  }

  @Override
  public boolean readsTokens() {
    return false;
  }

  @Override
  public @Nullable AuthenticatedUser anonymous() {
    return null;
  }

  @Override
  public void authenticate(Login login) {
    ConnectOptions given = login.options();
    if (!config.user().isEmpty()) {
      byPassword(login, config.user(), config.password(), config.account(), false);
    } else if (!config.nkey().isEmpty()) {
      byKey(login, given);
    } else if (config.tls() != null && config.tls().settings().verifyAndMap()) {
      byCertificate(login);
    } else {
      UserConfig user = given.user() == null ? null : named(given.user());
      if (user == null) {
        failures.refuse(login);
      } else {
        byPassword(login, user.name(), user.password(), user.account(), user.proxyRequired());
      }
    }
  }

  private @Nullable UserConfig named(String name) {
    return config.users().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private void byCertificate(Login login) {
    X509Certificate certificate = CertificateNames.of(login.connection().tlsSession());
    UserConfig user =
        certificate == null
            ? null
            : CertificateNames.literal(certificate).stream()
                .map(this::named)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    if (user == null) {
      failures.refuse(login);
    } else {
      ListedLogins.warnOfName(login.options());
      if (!lacksProxy(login, user.proxyRequired())) {
        checkPassword(login, user.name(), user.password(), user.account());
      }
    }
  }

  private boolean lacksProxy(Login login, boolean required) {
    if ((required || config.proxyRequired()) && login.connection().proxyKey() == null) {
      failures.refuse(login, CloseReason.PROXY_REQUIRED);
      return true;
    }
    return false;
  }

  private void byPassword(
      Login login, String name, String password, String account, boolean proxyRequired) {
    if (lacksProxy(login, proxyRequired)) {
      return;
    }
    if (name.equals(login.options().user())) {
      checkPassword(login, name, password, account);
    } else {
      failures.refuse(login);
    }
  }

  private void checkPassword(Login login, String name, String password, String account) {
    passwords.check(
        password,
        Objects.requireNonNullElse(login.options().password(), ""),
        new LoginQueue.ClientAttempt(login),
        right -> {
          if (right) {
            login.accept(user(name, account));
          } else {
            failures.refuse(login);
          }
        });
  }

  private void byKey(Login login, ConnectOptions given) {
    if (lacksProxy(login, false)) {
      return;
    }
    boolean proven =
        config.nkey().equals(given.nkey())
            && NonceSignature.verify(login.connection(), given.signature(), config.nkey());
    if (proven) {
      login.accept(user(config.nkey(), config.account()));
    } else {
      failures.refuse(login);
    }
  }

  private AuthenticatedUser user(String name, String account) {
    Account of = accounts.apply(account.isEmpty() ? ListedUsers.GLOBAL_ACCOUNT : account);
    return new AuthenticatedUser(name, of, Permissions.ALL, 0, -1, -1);
  }
}
