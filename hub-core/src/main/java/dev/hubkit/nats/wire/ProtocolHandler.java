package dev.hubkit.nats.wire;

import org.jspecify.annotations.Nullable;

/**
 * Handles each complete operation that a {@link Parser} finds. Byte ranges are valid only during
 * the call. Every method returns whether to go on parsing; after false, the parser returns with the
 * rest unread.
 */
public interface ProtocolHandler {
  /** Handles CONNECT with its JSON text. */
  boolean connect(byte[] buffer, int offset, int length) throws ProtocolException;

  /** Handles PUB or HPUB; the parser reuses the view for the next one. */
  boolean publish(PublishView message) throws ProtocolException;

  /** Handles SUB. */
  boolean subscribe(String subject, @Nullable String queue, String sid) throws ProtocolException;

  /**
   * Handles UNSUB.
   *
   * @param max the number of messages after which the subscription ends; 0 or less for at once
   */
  boolean unsubscribe(String sid, int max) throws ProtocolException;

  /** Handles PING. */
  boolean ping() throws ProtocolException;

  /** Handles PONG. */
  boolean pong() throws ProtocolException;

  /** Handles INFO, which clients have no reason to send. */
  boolean info(byte[] buffer, int offset, int length) throws ProtocolException;

  /** Handles -ERR with its text. */
  boolean error(String text) throws ProtocolException;
}
