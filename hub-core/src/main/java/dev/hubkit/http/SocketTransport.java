package dev.hubkit.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Carries the bytes of one connection, and never waits. The loop's thread reads; the thread that
 * holds the connection's {@link SocketWriter} writes.
 */
interface SocketTransport {
  /**
   * Reads the bytes that have arrived.
   *
   * @return how many; 0 for none now, -1 when the peer sends no more
   */
  int read(ByteBuffer into) throws IOException;

  /** Sends what the socket takes now, and leaves the rest in the buffer. */
  void write(ByteBuffer from) throws IOException;

  /** Sends bytes that were taken but not sent yet; returns whether all have been sent. */
  boolean flush() throws IOException;

  /**
   * Returns work for another thread, which has to be done before {@link #read} can go on; null for
   * none.
   */
  @Nullable Runnable task();

  /** Returns whether bytes that have been received wait to be read. */
  boolean hasReceived();

  /** Tells the peer that no more bytes follow. */
  void end() throws IOException;

  /** Plain HTTP. */
  record Plain(SocketChannel channel) implements SocketTransport {
    // The JDK keeps the buffer into which it copies a heap buffer with the thread, so it must be
    // small.
    private static final int LARGEST_WRITE = 64 * 1024;

    @Override
    public int read(ByteBuffer into) throws IOException {
      return channel.read(into);
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
      int limit = from.limit();
      try {
        int piece;
        int written;
        do {
          piece = Math.min(limit - from.position(), LARGEST_WRITE);
          from.limit(from.position() + piece);
          written = channel.write(from);
        } while (written == piece && from.position() < limit);
      } finally {
        from.limit(limit);
      }
    }

    @Override
    public boolean flush() {
      return true;
    }

    @Override
    public @Nullable Runnable task() {
      return null;
    }

    @Override
    public boolean hasReceived() {
      return false;
    }

    @Override
    public void end() throws IOException {
      channel.shutdownOutput();
    }
  }
}
