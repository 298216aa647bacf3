package dev.hubkit.nats.credential;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Compares passwords and tokens with configured ones in constant time. */
public final class Password {
  // bcrypt ignores further bytes; Go's implementation refuses longer passwords.
  private static final int MAX_BCRYPT_BYTES = 72;

  private Password() {}

  /** Returns whether a configured password is a bcrypt hash, as {@code $2a$11$...}. */
  public static boolean isHash(String configured) {
    return configured.startsWith("$2a$")
        || configured.startsWith("$2b$")
        || configured.startsWith("$2x$")
        || configured.startsWith("$2y$");
  }

  /**
   * Returns whether {@code given} is the configured password, which can be plain or a bcrypt hash.
   * With a hash this takes as long as the hash's cost says; keep it off event loops.
   */
  public static boolean matches(String configured, String given) {
    byte[] expected = configured.getBytes(StandardCharsets.UTF_8);
    byte[] actual = given.getBytes(StandardCharsets.UTF_8);
    if (!isHash(configured)) {
      return MessageDigest.isEqual(expected, actual);
    }
    return actual.length <= MAX_BCRYPT_BYTES && BCrypt.verifyer().verify(actual, expected).verified;
  }
}
