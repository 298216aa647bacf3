package dev.hubkit.nats.credential;

/** A key or token that is malformed or not signed by whom it names; holds no secret. */
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
