package dev.hubkit.nats.wire;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Parser} calls for each complete operation of a client. Byte ranges are good only
 * during the call. Every method returns whether parsing is to go on; when it says no, the parser
 * returns with the rest unread.
 */
public interface ProtocolHandler {
  /** CONNECT with its JSON text. */
  boolean connect(byte[] buffer, int offset, int length) throws ProtocolException;

  /** PUB or HPUB; the view is filled anew for the next one. */
  boolean publish(PublishView message) throws ProtocolException;

  /** SUB. */
  boolean subscribe(String subject, @Nullable String queue, String sid) throws ProtocolException;

  /**
   * UNSUB.
   *
   * @param max the number of messages after which the subscription ends; 0 or less for at once
   */
  boolean unsubscribe(String sid, int max) throws ProtocolException;

  /** PING. */
  boolean ping() throws ProtocolException;

  /** PONG. */
  boolean pong() throws ProtocolException;

  /** INFO, which clients have no reason to send. */
  boolean info(byte[] buffer, int offset, int length) throws ProtocolException;

  /** -ERR with its text. */
  boolean error(String text) throws ProtocolException;
}
