package dev.hubkit;

/**
 * Thrown when a hub cannot be started, reached or stopped. The message is one line for the user and
 * says what to do.
 */
public final class HubException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The kinds of failure, for callers that act on them. */
  public enum Reason {
    /** No git work tree, no commit, or no tracked file to seed the repository from. */
    NOTHING_TO_SEED,
    /** A port that was asked for is in use. */
    PORT_IN_USE,
    /** A directory or file cannot be read or written. */
    INACCESSIBLE,
    /** The process that holds the workspace is not the one on record, or not this user's. */
    FOREIGN_OWNER,
    /** Something did not happen in time. */
    TIMEOUT,
    /** A server failed to start, to answer or to stop. */
    SERVER_FAILED,
    /** The options contradict each other, or this hub cannot do what was asked. */
    UNSUPPORTED
  }

  private final Reason reason;

  /** Makes an exception whose message is for the user. */
  public HubException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Makes an exception with a cause. */
  public HubException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }
}
