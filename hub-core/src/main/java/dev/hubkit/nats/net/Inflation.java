package dev.hubkit.nats.net;

import dev.hubkit.work.MemoryBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates one compressed message after the other. Takes an inflater at the first bytes of a
 * message and gives it back at its end. On the reading thread, except for {@link #close}.
 */
final class Inflation {
  /** What ends the bytes of a message, and is not sent (RFC 7692, 7.2.2). */
  static final int TAIL_BYTES = 4;

  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};
  // About what zlib allocates for an inflater with a window of 32 KB.
  private static final int INFLATER_BYTES = 48 * 1024;

  private final CompressionPool pool;
  private final long most;
  // The method that takes it out of here gives it back.
  private final AtomicReference<@Nullable Inflater> decoder = new AtomicReference<>();
  private volatile boolean closed;
  private ByteBuffer input = ByteBuffer.allocate(0);
  private boolean underWay;
  private boolean atEnd;
  private boolean tailGiven;
  private long inflated;

  /**
   * For the messages of one connection.
   *
   * @param most what a message may come to, in bytes
   */
  Inflation(CompressionPool pool, long most) {
    this.pool = pool;
    this.most = most;
  }

  /** Returns whether bytes that were given have not been inflated. */
  boolean isUnderWay() {
    return underWay;
  }

  /**
   * Takes the next bytes of a message, which have to stay as they are until {@link #next} says no
   * or {@link #keep} is called.
   *
   * @param last whether they are its last
   */
  void begin(ByteBuffer compressed, boolean last) {
    input = compressed;
    atEnd = last;
    tailGiven = false;
    underWay = true;
  }

  /**
   * Puts into {@code to} what comes next.
   *
   * @return false when nothing does before {@link #begin} is called again
   * @throws IOException if the bytes are not compressed ones, or come to too much
   */
  boolean next(ByteBuffer to) throws IOException {
    Inflater inflater = decoder.getAndSet(null);
    if (inflater == null) {
      inflater = take();
    }
    boolean kept = false;
    try {
      boolean more = inflate(inflater, to);
      kept = more || !atEnd;
      return more;
    } catch (DataFormatException e) {
      throw new IOException("invalid compressed data", e);
    } finally {
      if (kept) {
        decoder.set(inflater);
        if (closed) {
          close();
        }
      } else {
        give(inflater);
        inflated = 0;
      }
    }
  }

  private boolean inflate(Inflater inflater, ByteBuffer to)
      throws DataFormatException, IOException {
    while (true) {
      inflater.setInput(input);
      int count = inflater.inflate(to);
      inflated += count;
      if (inflated > most) {
        throw new IOException("a compressed message is larger than " + most + " bytes");
      }
      if (count > 0) {
        return true;
      }
      if (!atEnd || tailGiven) {
        underWay = false;
        return false;
      }
      tailGiven = true;
      input = ByteBuffer.wrap(TAIL);
    }
  }

  /** Copies what is left of the given bytes, which are about to change. */
  void keep() {
    input = ByteBuffer.allocate(input.remaining()).put(input).flip();
  }

  private Inflater take() throws IOException {
    if (closed || !MemoryBudget.CONNECTIONS.reserve(INFLATER_BYTES)) {
      throw new IOException("no memory for a compressed message");
    }
    return pool.takeInflater();
  }

  private void give(Inflater inflater) {
    MemoryBudget.CONNECTIONS.release(INFLATER_BYTES);
    pool.give(inflater);
  }

  /** Gives back what the present message has taken, and takes no more. Any thread. */
  void close() {
    closed = true;
    Inflater left = decoder.getAndSet(null);
    if (left != null) {
      give(left);
    }
  }
}
