package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonException;
import java.util.ArrayList;
import java.util.List;

/**
 * The claims of an operator about itself.
 *
 * @param accountServerUrl where its accounts can be fetched; empty when nowhere
 * @param systemAccount public key of the system account; empty when not stated
 * @param assertServerVersion lowest server version it wants; empty for any
 * @param strictSigningKeyUsage whether only its signing keys may sign accounts
 */
public record OperatorClaims(
    Jwt jwt,
    List<String> signingKeys,
    String accountServerUrl,
    String systemAccount,
    String assertServerVersion,
    boolean strictSigningKeyUsage) {

  /**
   * Reads an operator's token, which it has signed itself.
   *
   * @throws CredentialException if the text is no such token
   */
  public static OperatorClaims parse(String token) throws CredentialException {
    Jwt jwt = Jwt.parse(token);
    if (!jwt.type().equals("operator") || !NKey.isValid(jwt.subject(), NKey.Role.OPERATOR)) {
      throw new CredentialException("not operator claim");
    }
    try {
      OperatorClaims claims =
          new OperatorClaims(
              jwt,
              jwt.claims().strings("signing_keys"),
              jwt.claims().string("account_server_url", ""),
              jwt.claims().string("system_account", ""),
              jwt.claims().string("assert_server_version", ""),
              jwt.claims().bool("strict_signing_key_usage", false));
      if (!jwt.issuer().equals(jwt.subject()) && !claims.signingKeys.contains(jwt.issuer())) {
        throw new CredentialException("the operator was signed by another");
      }
      return claims;
    } catch (JsonException e) {
      throw new CredentialException("malformed operator claims: " + e.getMessage(), e);
    }
  }

  /** Returns the keys that may sign accounts. */
  public List<String> trustedKeys() {
    List<String> keys = new ArrayList<>(signingKeys);
    if (!strictSigningKeyUsage) {
      keys.add(0, jwt.subject());
    }
    return List.copyOf(keys);
  }
}
