package dev.hubkit.nats;

/** A NATS server that can't be started or has been asked for what it can't do. */
public final class NatsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes an exception whose message names what the user can change. */
  public NatsException(String message) {
    super(message);
  }

  /** Makes an exception with a cause. */
  public NatsException(String message, Throwable cause) {
    super(message, cause);
  }
}
