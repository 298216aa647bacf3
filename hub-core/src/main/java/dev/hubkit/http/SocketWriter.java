package dev.hubkit.http;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes to the socket of one peer. A handler's thread writes as much as the socket takes and never
 * waits for the rest, which is spooled and sent by the loop. Thread-safe.
 */
final class SocketWriter {
  private static final Log log = Log.of(SocketWriter.class);
  private static final int PIECE = 256 * 1024;
  private static final int MOST_A_TURN = 1 << 20;
  // What every reader is credited with: it counts while little has been seen of a reader.
  private static final long CREDITED_BYTES = 2 << 20;
  private static final long CREDITED_NANOS = 250_000_000;

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
    boolean makeRoom(SocketWriter asking);
  }

  /**
   * Makes one.
   *
   * @param wantsToDrain called, on any thread, when something begins to wait for the socket
   */
  SocketWriter(Transport transport, Spool waiting, Readers readers, Runnable wantsToDrain) {
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
    // In pieces, since the loop waits while one is written to a file.
    for (int at = 0; at < length; at += PIECE) {
      ByteBuffer piece = ByteBuffer.wrap(bytes, offset + at, Math.min(PIECE, length - at));
      while (piece.hasRemaining()) {
        pass(piece);
      }
    }
  }

  private void pass(ByteBuffer piece) throws IOException {
    boolean begins = false;
    try {
      synchronized (this) {
        checkOpen();
        if (empty) {
          begins = !isSent(piece);
        }
        if (!empty) {
          waiting.append(piece);
        }
      }
    } catch (NoSpoolSpaceException e) {
      if (!readers.makeRoom(this)) {
        throw e;
      }
    } finally {
      if (begins) {
        wantsToDrain.run();
      }
    }
  }

  /** Writes to the socket; when that does not take everything, something waits from now on. */
  private boolean isSent(ByteBuffer piece) throws IOException {
    if (transport.flush()) {
      transport.write(piece);
    }
    if (!piece.hasRemaining() && transport.flush()) {
      return true;
    }
    spooledSince = System.nanoTime();
    lastProgress = spooledSince;
    taken = 0;
    empty = false;
    return false;
  }

  private void checkOpen() throws IOException {
    if (cut) {
      throw new IOException("the peer was cut off");
    }
  }

  /**
   * Sends what waits, as far as the socket takes it, but not all of much at once.
   *
   * @param scratch any buffer
   * @return whether nothing waits any longer
   */
  synchronized boolean drain(ByteBuffer scratch) throws IOException {
    checkOpen();
    long enough = sent + MOST_A_TURN;
    while (!empty) {
      if (sent >= enough || !transport.flush()) {
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

  /** Returns whether nothing waits for the socket. */
  boolean isEmpty() {
    return empty;
  }

  /** Returns whether something waits in a file. */
  boolean isOnDisk() {
    return !empty && waiting.isOnDisk();
  }

  /** Returns whether something has waited so long without the socket taking any. */
  boolean isStalled(long now, long nanos) {
    return !empty && now - lastProgress > nanos;
  }

  /**
   * Bytes a second that the socket has taken since something began to wait. A reader that has only
   * just begun to wait counts as a quick one: milliseconds tell nothing about it.
   */
  double rate(long now) {
    return (taken + CREDITED_BYTES) * 1e9 / (CREDITED_NANOS + Math.max(0, now - spooledSince));
  }

  /** Drops what waits and refuses further writes. Does not wait for a thread that writes. */
  void cut() {
    cut = true;
    try {
      waiting.close();
    } catch (IOException e) {
      log.debug("Closing what waited for a peer failed", e);
    }
  }
}
