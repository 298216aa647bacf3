package dev.hubkit.junit.explore;

/** The kinds of adversity. Each is something that the protocol allows. */
public enum Adversity {
  /**
   * An acknowledgement of a JetStream message does not count, so that the message is delivered
   * again. A server that crashes, or a new leader, may not know of acknowledgements that it has not
   * confirmed. Those with a reply, such as {@code ackSync()}, are spared.
   */
  LOST_ACK,
  /** An acknowledgement arrives only after the message has been delivered again. */
  LATE_ACK,
  /**
   * A stream stores a message, but the publisher does not get the acknowledgement, and runs into
   * its own timeout.
   */
  LOST_PUB_ACK,
  /**
   * A JetStream message does not reach its consumer the first or second time, and is delivered
   * again. Only where the consumer has to acknowledge each message.
   */
  LOST_DELIVERY,
  /** A client hears from the server, and the server from it, only after others have gone on. */
  LATE_DELIVERY,
  /**
   * What a client sends reaches the server only after what other clients send. The order within a
   * connection stays.
   */
  REORDER,
  /** The connection of a client is cut before or after an operation; the client may reconnect. */
  CUT,
  /**
   * The server crashes before or after an operation, and recovers. Streams in memory are lost, and
   * so this strikes while there is one only if {@link HubExplore#adversities()} names it.
   */
  CRASH,
  /** Time passes, so that a message is delivered again while its consumer works on it. */
  TIME_JUMP
}
