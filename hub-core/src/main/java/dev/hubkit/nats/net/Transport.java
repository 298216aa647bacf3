package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.wire.ConnectOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What carries the bytes of one {@link Connection}: a TCP socket, TLS or WebSocket on one, or a
 * pipe within the JVM. The transport hands what it reads to {@link Connection#received}; the
 * connection writes through this interface.
 */
public interface Transport {
  /**
   * Writes what can be written without blocking. One thread at a time calls this; the buffers are
   * not used after the call but for what is left in them.
   *
   * @return true when all buffers are empty; false when the rest has to wait for {@link
   *     #awaitWritable}
   * @throws IOException if the other side is gone
   */
  boolean write(ByteBuffer[] buffers, int count) throws IOException;

  /** Has {@link Connection#writable} called once, when more can be written. Any thread. */
  void awaitWritable();

  /** Reads no more until {@link #resumeReading}. Called on the thread that reads. */
  void pauseReading();

  /**
   * As {@link #pauseReading}, but notices where it can when the other side goes. Called on the
   * thread that reads.
   */
  default void awaitEnd() {
    pauseReading();
  }

  /**
   * Has {@link Connection#proceed} called on the thread that reads, and goes on reading unless that
   * says no. Any thread.
   */
  void resumeReading();

  /**
   * Closes it at once, what has not been written is lost. Any thread; safe to call more than once.
   */
  void close();

  /**
   * Closes it while the other side may still be sending, which then sees the connection break and
   * not end, where there is such a thing. Any thread; safe to call more than once.
   *
   * @param unread whether some of what has been handed on counts as unread
   */
  default void abandon(boolean unread) {
    close();
  }

  /** The other side's address; null when there is none, within the JVM. */
  @Nullable InetSocketAddress remoteAddress();

  /** How the client is connected, which a user's permissions can depend on. */
  default ConnectionType type() {
    return ConnectionType.STANDARD;
  }

  /** The TLS session, with the client's certificates; null without TLS. */
  default @Nullable SSLSession tlsSession() {
    return null;
  }

  /** What waits here takes of the memory that all connections share, in bytes. Any thread. */
  default long held() {
    return 0;
  }

  /** About what a connection on it takes of the heap that does nothing, in bytes. */
  default int footprint() {
    return 4 * 1024;
  }

  /** Hears that the client has logged in, and may cost more from now on. On the reading thread. */
  default void admitted() {}

  /** What the client said in CONNECT, completed by what the transport knows of it (cookies). */
  default ConnectOptions complete(ConnectOptions options) {
    return options;
  }
}
