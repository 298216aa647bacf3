package dev.hubkit.nats.credential;

/**
 * Thrown for a key or token that is malformed or not signed by the issuer it names; contains no
 * secret.
 */
public final class CredentialException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Makes an exception whose message says what is wrong. */
  public CredentialException(String message) {
    super(message);
  }

  CredentialException(String message, Throwable cause) {
    super(message, cause);
  }
}
