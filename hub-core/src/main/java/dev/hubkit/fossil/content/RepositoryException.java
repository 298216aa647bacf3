package dev.hubkit.fossil.content;

/** A repository could not do what was asked: the message says what and where. */
public class RepositoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With a message for the person who asked. */
  public RepositoryException(String message) {
    super(message);
  }

  /** With a message and what lies behind it. */
  public RepositoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
