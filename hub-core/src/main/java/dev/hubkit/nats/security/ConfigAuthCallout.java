package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.config.AuthCalloutConfig;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.net.Login;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The auth callout of a configuration: its service may place users in the accounts allowed. */
record ConfigAuthCallout(
    AuthCalloutConfig config, Function<String, Account> accounts, Predicate<String> known)
    implements AuthCalloutSettings {
  /** Whether the service decides on users of that account; null for those who have none yet. */
  boolean decidesOn(@Nullable Account account) {
    return account == null
        || account.name().equals(ListedUsers.GLOBAL_ACCOUNT)
        || config.allowedAccounts().isEmpty()
        || config.allowedAccounts().contains(account.name());
  }

  /** Whether a client is one that the service itself connects as. */
  boolean isServiceItself(Login login) {
    String name = login.options().nkey() != null ? login.options().nkey() : login.options().user();
    return name != null && config.authUsers().contains(name);
  }

  @Override
  public Account account() {
    return accounts.apply(config.account());
  }

  @Override
  public String issuer() {
    return config.issuer();
  }

  @Override
  public String xkey() {
    return config.xkey();
  }

  @Override
  public void checkSigner(Jwt answer, boolean encrypted) throws CredentialException {
    if (!encrypted && !answer.issuer().equals(config.issuer())) {
      throw new CredentialException("auth callout signing key is unknown");
    }
  }

  @Override
  public boolean hasService(Account account) {
    return account.name().equals(config.account());
  }

  @Override
  public Placement place(UserClaims user) throws CredentialException {
    if (!user.issuerAccount().isEmpty()) {
      throw new CredentialException(
          "error non operator mode account \""
              + config.account()
              + "\": attempted to use issuer_account");
    }
    if (!user.jwt().issuer().equals(config.issuer())) {
      throw new CredentialException(
          "wrong issuer for auth callout response on account \""
              + config.account()
              + "\", expected \""
              + config.issuer()
              + "\" got \""
              + user.jwt().issuer()
              + "\"");
    }
    String placement = user.jwt().audience();
    if (!known.test(placement)) {
      throw new CredentialException(
          "no valid account \""
              + placement
              + "\" for auth callout response on account \""
              + config.account()
              + "\": account missing");
    }
    return new Placement(accounts.apply(placement), user.limits(), user.limits());
  }
}
