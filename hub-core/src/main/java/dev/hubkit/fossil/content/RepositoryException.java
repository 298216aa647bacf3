package dev.hubkit.fossil.content;

/** Thrown when a repository cannot do what was asked; the message says what and where. */
public class RepositoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception with a message for the user. */
  public RepositoryException(String message) {
    super(message);
  }

  /** Makes an exception with a message and a cause. */
  public RepositoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
