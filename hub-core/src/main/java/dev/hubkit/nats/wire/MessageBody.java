package dev.hubkit.nats.wire;

/**
 * The header block and the payload of a message, one behind the other in an array that others may
 * use too. Not to be written to.
 */
public interface MessageBody {
  /** The array that holds header block and payload, from {@link #offset()} on. */
  byte[] buffer();

  /** Where the header block (or, without one, the payload) starts in {@link #buffer()}. */
  int offset();

  /** Bytes of the header block; 0 when there is none. */
  int headerLength();

  /** Bytes of header block and payload together. */
  int length();
}
