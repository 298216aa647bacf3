package dev.hubkit.nats.security;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.credential.AccountClaims;
import org.jspecify.annotations.Nullable;

/** The accounts of operator mode that users have come to. Thread-safe. */
public interface ClaimedAccounts {
  /**
   * Returns the claims that an account is set up by; null when nobody has come to it yet, or its
   * token has expired.
   */
  default @Nullable AccountClaims current(String key) {
    return null;
  }

  /** Returns the account of a token, set up as the token says. */
  Account enter(AccountClaims claims);
}
