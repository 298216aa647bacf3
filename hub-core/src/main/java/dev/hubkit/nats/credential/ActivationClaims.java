package dev.hubkit.nats.credential;

import dev.hubkit.json.JsonObject;

/**
 * The claims of an account that lets another import something.
 *
 * @param subject what may be imported
 * @param kind {@code stream}, {@code service} or {@code unknown}
 */
public record ActivationClaims(Jwt jwt, String subject, String kind) {
  /**
   * Reads an activation token.
   *
   * @throws CredentialException if the text is no such token
   */
  public static ActivationClaims parse(String token) throws CredentialException {
    Jwt jwt = Jwt.parse(token);
    if (!jwt.type().equals("activation")) {
      throw new CredentialException("not activation claim");
    }
    JsonObject claims = jwt.claims();
    String kind = claims.string(jwt.version() <= 1 ? "type" : "kind", "");
    return new ActivationClaims(
        jwt, claims.string("subject", ""), kind.isEmpty() ? "unknown" : kind);
  }

  /**
   * Checks it as {@code ActivationClaims.Validate} of the JWT library of NATS does.
   *
   * @param now seconds since the epoch
   */
  public ClaimIssues issues(long now) {
    ClaimIssues issues = new ClaimIssues();
    issues.times(jwt, now);
    check(issues);
    return issues;
  }

  /**
   * Checks an import that shows this token ({@code Import.Validate}).
   *
   * @param share the import
   * @param importer the key of the account that imports
   * @return the errors
   */
  public ClaimIssues issues(JsonObject share, String importer) {
    ClaimIssues issues = new ClaimIssues();
    ShareClaims.checkImport(share, importer, issues);
    return issues;
  }

  /** Checks everything but the time. */
  void check(ClaimIssues issues) {
    if (kind.equals("unknown")) {
      issues.error("invalid import type: \"unknown\"");
    }
    ClaimedSubjects.check(subject, issues);
    String account = jwt.issuerAccount();
    if (!account.isEmpty() && !NKey.isValid(account, NKey.Role.ACCOUNT)) {
      issues.error("account_id is not an account public key");
    }
  }
}
