package dev.hubkit.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * What carries the bytes of one connection; nothing of it waits. Reading is for the loop's thread,
 * writing for whoever holds the connection's {@link SocketWriter}.
 */
interface Transport {
  /**
   * Reads what there is.
   *
   * @return how many bytes; 0 for none now, -1 when the peer sends no more
   */
  int read(ByteBuffer into) throws IOException;

  /** Sends what is taken now; the rest is left in the buffer. */
  void write(ByteBuffer from) throws IOException;

  /** Sends what was taken and has not gone out; returns whether all has. */
  boolean flush() throws IOException;

  /** Work that {@link #read} needs done before it can go on, for another thread; null for none. */
  @Nullable Runnable task();

  /** Returns whether bytes that have been received wait to be read. */
  boolean hasReceived();

  /** Tells the peer that nothing more comes. */
  void end() throws IOException;

  /** Plain HTTP. */
  record Plain(SocketChannel channel) implements Transport {
    // What the JDK copies a heap buffer into stays with the thread, so it must be small.
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
