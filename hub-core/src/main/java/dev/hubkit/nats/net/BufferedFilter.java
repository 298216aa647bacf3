package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A layer whose bytes are others than those of what is above it: records, frames. What it has made
 * and the transport below does not take yet waits here, before anything more is made, so no more
 * than one piece ever does.
 */
abstract class BufferedFilter extends TransportFilter {
  private static final Log log = Log.of(BufferedFilter.class);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  /** Its monitor guards everything about writing. */
  final Object output = new Object();

  private ByteBuffer waiting = NOTHING;
  // Whether the handler above waits to write again.
  private boolean awaited;

  BufferedFilter(Transport below, BufferMemory memory) {
    super(below, memory);
  }

  /** Returns whether this filter accepts bytes from above. */
  abstract boolean takesBytes();

  /**
   * Turns the first of the bytes into a piece for what is below, and hands that to {@link #append}.
   * With the monitor of {@link #output} held.
   */
  abstract void encode(ByteBuffer[] buffers, int count) throws IOException;

  @Override
  public boolean write(ByteBuffer[] buffers, int count) throws IOException {
    synchronized (output) {
      if (!takesBytes()) {
        return false;
      }
      int at = 0;
      while (drain()) {
        while (at < count && !buffers[at].hasRemaining()) {
          at++;
        }
        if (at == count) {
          return true;
        }
        encode(buffers, count);
      }
      return false;
    }
  }

  /** Queues bytes behind those that wait; copies {@code piece} unless it may be kept. */
  final void append(ByteBuffer piece, boolean keep) {
    if (!piece.hasRemaining()) {
      return;
    }
    if (keep && !waiting.hasRemaining()) {
      waiting = piece;
    } else {
      ByteBuffer joined = ByteBuffer.allocate(waiting.remaining() + piece.remaining());
      waiting = joined.put(waiting).put(piece).flip();
    }
  }

  /** Writes what waits; true when nothing does any more. */
  final boolean drain() throws IOException {
    return !waiting.hasRemaining() || below.write(new ByteBuffer[] {waiting}, 1);
  }

  /** Writes what waits, the rest of it as soon as the transport below takes it. */
  final void drainSoon() throws IOException {
    if (!drain()) {
      below.awaitWritable();
    }
  }

  @Override
  public void awaitWritable() {
    boolean early;
    synchronized (output) {
      awaited = true;
      early = !takesBytes();
    }
    if (!early) {
      below.awaitWritable();
    }
  }

  @Override
  public void writable() {
    boolean tell;
    synchronized (output) {
      try {
        boolean drained = drain();
        tell = drained && awaited && takesBytes();
        if (!drained) {
          below.awaitWritable();
        }
      } catch (IOException e) {
        log.debug("{}: write failed: {}", remoteAddress(), e.getMessage());
        close(CloseReason.WRITE_ERROR);
        return;
      }
      if (tell) {
        awaited = false;
      }
    }
    if (tell) {
      above().writable();
    }
  }

  /** Tells the handler above, if it waits, that this filter is ready. */
  final void notifyIfAwaited() {
    boolean tell;
    synchronized (output) {
      tell = awaited;
      awaited = false;
    }
    if (tell) {
      above().writable();
    }
  }
}
