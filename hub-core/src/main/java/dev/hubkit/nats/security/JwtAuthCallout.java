package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.credential.UserLimits;
import java.util.List;

/** The auth callout of an account of operator mode, as the account's token has it. */
record JwtAuthCallout(AccountClaims claims, JwtAuthenticator operator)
    implements AuthCalloutSettings {
  private static final List<String> ANY = List.of("*");

  @Override
  public Account account() {
    return operator.enter(claims);
  }

  @Override
  public String issuer() {
    return claims.jwt().subject();
  }

  @Override
  public String xkey() {
    return claims.callout().xkey();
  }

  @Override
  public void checkSigner(Jwt answer, boolean encrypted) throws CredentialException {
    if (encrypted) {
      return;
    }
    String account = answer.issuerAccount();
    if (!account.isEmpty() && !account.equals(issuer())) {
      throw new CredentialException(
          "auth callout response issuer account \"" + account + "\" is not the callout account");
    }
    if (!operator.isSigner(claims, answer.issuer())) {
      throw new CredentialException("auth callout signing key is unknown");
    }
  }

  // Another account may have placed a user there.
  @Override
  public boolean hasService(Account account) {
    AccountClaims token = account.name().equals(issuer()) ? claims : operator.find(account.name());
    return token != null && token.callout().isPresent();
  }

  @Override
  public Placement place(UserClaims user) throws CredentialException {
    String key = user.account();
    List<String> allowed = claims.callout().allowedAccounts();
    if (!key.equals(issuer()) && !allowed.equals(ANY) && !allowed.contains(key)) {
      throw new CredentialException(
          "account \""
              + user.jwt().issuer()
              + "\" not permitted as valid account option for auth callout for account \""
              + issuer()
              + "\"");
    }
    AccountClaims target = operator.find(key);
    if (target == null) {
      throw new CredentialException(
          "no valid account \""
              + key
              + "\" for auth callout response on account \""
              + issuer()
              + "\": account missing");
    }
    if (!operator.isSigner(target, user.jwt().issuer())) {
      throw new CredentialException("user JWT issuer \"" + user.jwt().issuer() + "\" is not known");
    }
    UserLimits limits = operator.limits(user, target);
    return new Placement(operator.enter(target), limits, target.defaults());
  }
}
