package dev.hubkit.http;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What goes out to one peer. A handler's thread writes as much as the socket takes and never waits
 * for the rest, which is spooled and sent by the loop. Thread-safe.
 */
final class Outflow {
  private static final Log log = Log.of(Outflow.class);

  private final Transport transport;
  private final Spool waiting;
  private final Readers readers;
  private final Runnable wantsToDrain;
  private long sent;
  private volatile long taken;
  private volatile long spooledSince;
  private volatile long lastProgress;
  private volatile boolean empty = true;
  private volatile boolean cut;

  /** All peers that something waits for. */
  interface Readers {
    /**
     * Makes room on disk by cutting off the slowest of those that hold some.
     *
     * @return false when there is nobody, or it is {@code asking} itself
     */
    boolean makeRoom(Outflow asking);
  }

  /**
   * Makes one.
   *
   * @param wantsToDrain called, on any thread, when something begins to wait for the socket
   */
  Outflow(Transport transport, Spool waiting, Readers readers, Runnable wantsToDrain) {
    this.transport = transport;
    this.waiting = waiting;
    this.readers = readers;
    this.wantsToDrain = wantsToDrain;
  }

  /**
   * Sends bytes, or has them sent.
   *
   * @throws IOException if the peer is gone or was cut off
   */
  void write(byte[] bytes, int offset, int length) throws IOException {
    WorkStep.HTTP_WRITE.reach();
    boolean begins;
    synchronized (this) {
      checkOpen();
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      begins = empty;
      if (empty) {
        if (transport.flush()) {
          transport.write(buffer);
        }
        if (!buffer.hasRemaining() && transport.flush()) {
          return;
        }
        spooledSince = System.nanoTime();
        lastProgress = spooledSince;
        taken = 0;
        empty = false;
      }
      spool(buffer);
    }
    if (begins) {
      wantsToDrain.run();
    }
  }

  private void spool(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      try {
        waiting.append(buffer);
      } catch (NoSpoolSpaceException e) {
        if (!readers.makeRoom(this)) {
          throw e;
        }
      }
    }
  }

  private void checkOpen() throws IOException {
    if (cut) {
      throw new IOException("the peer was cut off");
    }
  }

  /**
   * Sends what waits, as far as the socket takes it.
   *
   * @param scratch any buffer
   * @return whether nothing waits any longer
   */
  synchronized boolean drain(ByteBuffer scratch) throws IOException {
    checkOpen();
    while (!empty) {
      if (!transport.flush()) {
        return false;
      }
      if (waiting.read(sent, scratch.clear()) < 0) {
        waiting.clear();
        sent = 0;
        empty = transport.flush();
        return empty;
      }
      scratch.flip();
      int before = scratch.remaining();
      transport.write(scratch);
      int count = before - scratch.remaining();
      if (count > 0) {
        sent += count;
        taken = taken + count;
        lastProgress = System.nanoTime();
      }
      if (scratch.hasRemaining()) {
        return false;
      }
    }
    return true;
  }

  /** Whether nothing waits for the socket. */
  boolean isEmpty() {
    return empty;
  }

  /** Whether something waits in a file. */
  boolean isOnDisk() {
    return !empty && waiting.isOnDisk();
  }

  /** Whether something has waited so long without the socket taking any. */
  boolean isStalled(long now, long nanos) {
    return !empty && now - lastProgress > nanos;
  }

  /** Bytes a second that the socket has taken since something began to wait. */
  double rate(long now) {
    return taken * 1e9 / Math.max(1, now - spooledSince);
  }

  /** Drops what waits; nothing can be written any longer. Waits for nobody who writes. */
  void cut() {
    cut = true;
    try {
      waiting.close();
    } catch (IOException e) {
      log.debug("Closing what waited for a peer failed", e);
    }
  }
}
