package dev.hubkit.workspace;

/** Thrown when a hub cannot use a directory; the message says what to do. */
public final class WorkspaceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The kinds of failure, for callers that act on them. */
  public enum Reason {
    /** No git work tree, no commit, or no tracked file to seed the repository from. */
    NOTHING_TO_SEED,
    /** The directory or a file in it cannot be read or written. */
    INACCESSIBLE,
    /** A process that is not the recorded owner holds the directory or the pid. */
    FOREIGN_OWNER,
    /** Another process did not become ready, or did not end, in time. */
    TIMEOUT,
    /** The detached process ended before it was ready. */
    CHILD_DIED
  }

  private final Reason reason;

  WorkspaceException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  WorkspaceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }
}
