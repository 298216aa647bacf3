package dev.hubkit.fossil.content;

/**
 * Bytes from outside are not what they claim to be: a delta, a compressed blob, an artifact or its
 * name.
 */
public final class MalformedContentException extends RepositoryException {
  private static final long serialVersionUID = 1L;

  /** With a message that says what is wrong and where. */
  public MalformedContentException(String message) {
    super(message);
  }

  /** With a message that says what is wrong and where, and what lies behind it. */
  public MalformedContentException(String message, Throwable cause) {
    super(message, cause);
  }
}
