package dev.hubkit.nats.net;

import dev.hubkit.nats.account.WorkBatch;
import java.nio.ByteBuffer;

/**
 * Where a transport hands what it reads: a connection, or a layer such as TLS that hands it on.
 * Called on the thread that reads, but for {@link #writable} and {@link #close}.
 */
interface InboundHandler {
  /** The buffer to read into: behind its position, up to its limit. */
  ByteBuffer inputBuffer(ByteBuffer shared);

  /** Handles what was read into the buffer that {@link #inputBuffer} gave. */
  void received(ByteBuffer buffer, WorkBatch batch);

  /**
   * Handles what was read before reading was paused.
   *
   * @return true when reading is to go on
   */
  boolean proceed(WorkBatch batch);

  /** The transport takes more again. Any one thread. */
  void writable();

  /** The transport has ended. Any thread. */
  void close(CloseReason reason);

  /**
   * Something was thrown while the server handled what was read, which has been logged: the
   * connection ends. Any thread.
   */
  void abort(Throwable failure);
}
