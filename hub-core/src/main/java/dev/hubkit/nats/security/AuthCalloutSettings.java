package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.credential.CredentialException;
import dev.hubkit.nats.credential.Jwt;
import dev.hubkit.nats.credential.UserClaims;
import dev.hubkit.nats.credential.UserLimits;

/** Where an auth callout's service is, and what it may decide: by configuration or by a token. */
interface AuthCalloutSettings {
  /** The account its service listens in. */
  Account account();

  /** The subject of questions: in nats-server, the key that is to sign the answers. */
  String issuer();

  /** The curve key of the service; empty where nothing is encrypted. */
  String xkey();

  /** Returns whether an account has a service for auth callouts. */
  boolean hasService(Account account);

  /**
   * Checks who has signed an answer.
   *
   * @param encrypted whether it was encrypted, so that only the service can have made it
   */
  void checkSigner(Jwt answer, boolean encrypted) throws CredentialException;

  /** Where the service puts a user. */
  Placement place(UserClaims user) throws CredentialException;

  /** An account, and what its user may do there. */
  record Placement(Account account, UserLimits limits, UserLimits defaults) {}
}
