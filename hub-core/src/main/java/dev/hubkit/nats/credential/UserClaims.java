package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonException;
import java.util.List;

/**
 * The claims of an account about a user.
 *
 * @param issuerAccount the account, when a signing key of it has signed; else empty
 * @param hasLimits whether the token itself limits the user, which it must not under a scoped key
 */
public record UserClaims(
    Jwt jwt, String issuerAccount, UserLimits limits, boolean hasLimits, List<String> tags) {

  /**
   * Reads a user's token.
   *
   * @throws CredentialException if the text is no such token
   */
  public static UserClaims parse(String token) throws CredentialException {
    Jwt jwt = Jwt.parse(token);
    // The subject matters where it has to have signed something.
    if (!jwt.type().equals("user")) {
      throw new CredentialException("not user claim");
    }
    try {
      return new UserClaims(
          jwt,
          jwt.issuerAccount(),
          UserLimits.of(jwt.claims(), jwt.version() <= 1 ? -1 : 0),
          !UserLimits.isUnset(jwt.claims()),
          jwt.tags());
    } catch (JsonException e) {
      throw new CredentialException("malformed user claims: " + e.getMessage(), e);
    }
  }

  /**
   * Checks it as {@code UserClaims.Validate} of the JWT library of NATS does.
   *
   * @param now seconds since the epoch
   */
  public ClaimIssues issues(long now) {
    ClaimIssues issues = new ClaimIssues();
    issues.times(jwt, now);
    PermissionClaims.check(jwt.claims(), issues);
    PermissionClaims.checkLimits(jwt.claims(), issues);
    if (!issuerAccount.isEmpty() && !NKey.isValid(issuerAccount, NKey.Role.ACCOUNT)) {
      issues.error("account_id is not an account public key");
    }
    return issues;
  }

  /** Returns the public key of the account it belongs to. */
  public String account() {
    return issuerAccount.isEmpty() ? jwt.issuer() : issuerAccount;
  }
}
