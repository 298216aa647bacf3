package dev.hubkit.nats.net;

import dev.hubkit.nats.account.WorkBatch;
import java.nio.ByteBuffer;

/**
 * Handles what a transport reads: a connection, or a filter such as TLS that passes it on. Called
 * on the reading thread, except for {@link #writable} and {@link #close}.
 */
interface InboundHandler {
  /** Returns the buffer to read into: behind its position, up to its limit. */
  ByteBuffer inputBuffer(ByteBuffer shared);

  /** Handles what was read into the buffer that {@link #inputBuffer} gave. */
  void received(ByteBuffer buffer, WorkBatch batch);

  /**
   * Handles what was read before reading was paused.
   *
   * @return whether to go on reading
   */
  boolean proceed(WorkBatch batch);

  /** Called when the transport accepts more bytes. Any thread, one at a time. */
  void writable();

  /** Called when the transport has ended. Any thread. */
  void close(CloseReason reason);

  /** Returns what the log calls the connection. Any thread. */
  String label();

  /** Ends the connection after a failure that has been logged already. Any thread. */
  void abort(Throwable failure);
}
