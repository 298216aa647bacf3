package dev.hubkit.nats.wire;

/**
 * The header block and the payload of a message, one behind the other in an array that others may
 * use too. Not to be written to.
 */
public interface MessageBody {
  /** Returns the array that holds header block and payload, from {@link #offset()} on. */
  byte[] buffer();

  /** Returns where the header block (or, without one, the payload) starts in {@link #buffer()}. */
  int offset();

  /** Returns the bytes of the header block; 0 when there is none. */
  int headerLength();

  /** Returns the bytes of header block and payload together. */
  int length();
}
