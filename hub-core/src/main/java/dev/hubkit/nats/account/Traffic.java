package dev.hubkit.nats.account;

/**
 * How many messages went somewhere.
 *
 * @param bytes of their headers and payloads
 */
public record Traffic(long messages, long bytes) {
  /** Nothing yet. */
  public static final Traffic NONE = new Traffic(0, 0);

  /** Returns both together. */
  public Traffic plus(Traffic other) {
    return new Traffic(messages + other.messages, bytes + other.bytes);
  }

  /** Returns what is left without {@code other}. */
  public Traffic minus(Traffic other) {
    return new Traffic(messages - other.messages, bytes - other.bytes);
  }
}
