package dev.hubkit.http;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes to the socket of one peer. A handler's thread writes as much as the socket takes and never
 * waits; the rest is spooled, and the loop sends it. Thread-safe.
 */
final class SocketWriter {
  private static final Log log = Log.of(SocketWriter.class);
  private static final int PIECE = 256 * 1024;
  private static final int MOST_A_TURN = 1 << 20;
  // Every reader is credited with this; it matters only while little is known of a reader.
  private static final long CREDITED_BYTES = 2 << 20;
  private static final long CREDITED_NANOS = 250_000_000;

  private final SocketTransport transport;
  private final Spool waiting;
  private final Readers readers;
  private final Runnable wantsToDrain;
  private long sent;
  private volatile long taken;
  private volatile long spooledSince;
  private volatile long lastProgress;
  private volatile boolean empty = true;
  private volatile boolean cut;

  /** All peers for which bytes wait. */
  interface Readers {
    /**
     * Makes room on disk by cutting off the slowest peer that uses some.
     *
     * @return false when there is none, or it is {@code asking} itself
     */
    boolean makeRoom(SocketWriter asking);
  }

  /**
   * Makes a writer.
   *
   * @param wantsToDrain called on any thread when bytes begin to wait for the socket
   */
  SocketWriter(SocketTransport transport, Spool waiting, Readers readers, Runnable wantsToDrain) {
    this.transport = transport;
    this.waiting = waiting;
    this.readers = readers;
    this.wantsToDrain = wantsToDrain;
  }

  /**
   * Sends bytes now, or lets the loop send them later.
   *
   * @throws IOException if the peer is gone or was cut off
   */
  void write(byte[] bytes, int offset, int length) throws IOException {
    WorkStep.HTTP_WRITE.reach();
    // Writes pieces, since the loop waits while one goes to a file.
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

  /** Writes to the socket; when it does not take everything, the rest waits from now on. */
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
   * Sends waiting bytes as far as the socket takes them, but only a limited number at once.
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

  /** Returns whether bytes have waited {@code nanos} without the socket taking any. */
  boolean isStalled(long now, long nanos) {
    return !empty && now - lastProgress > nanos;
  }

  /**
   * Returns how many bytes a second the socket has taken since bytes began to wait. A reader for
   * which bytes have only just begun to wait counts as quick, since milliseconds tell nothing about
   * it.
   */
  double rate(long now) {
    return (taken + CREDITED_BYTES) * 1e9 / (CREDITED_NANOS + Math.max(0, now - spooledSince));
  }

  /** Drops waiting bytes and refuses further writes. Does not wait for a thread that is writing. */
  void cut() {
    cut = true;
    try {
      waiting.close();
    } catch (IOException e) {
      log.debug("Closing what waited for a peer failed", e);
    }
  }
}
