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
    if (!jwt.type().equals("user") || !NKey.isValid(jwt.subject(), NKey.Role.USER)) {
      throw new CredentialException("not user claim");
    }
    if (!NKey.isValid(jwt.issuer(), NKey.Role.ACCOUNT)) {
      throw new CredentialException("a user is not issued by an account");
    }
    try {
      return new UserClaims(
          jwt,
          jwt.issuerAccount(),
          UserLimits.of(jwt.claims()),
          !UserLimits.isUnset(jwt.claims()),
          jwt.tags());
    } catch (JsonException e) {
      throw new CredentialException("malformed user claims: " + e.getMessage(), e);
    }
  }

  /** Returns the public key of the account it belongs to. */
  public String account() {
    return issuerAccount.isEmpty() ? jwt.issuer() : issuerAccount;
  }
}
