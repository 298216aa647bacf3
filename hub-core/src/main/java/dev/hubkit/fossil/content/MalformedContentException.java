package dev.hubkit.fossil.content;

/**
 * Thrown when bytes from outside are not what they claim to be: a delta, a compressed blob, an
 * artifact or its name.
 */
public final class MalformedContentException extends RepositoryException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception whose message says what is wrong and where. */
  public MalformedContentException(String message) {
    super(message);
  }

  /** Makes an exception with a message and a cause. */
  public MalformedContentException(String message, Throwable cause) {
    super(message, cause);
  }
}
