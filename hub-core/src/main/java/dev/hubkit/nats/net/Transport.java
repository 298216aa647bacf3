package dev.hubkit.nats.net;

import dev.hubkit.nats.account.ConnectionType;
import dev.hubkit.nats.wire.ConnectOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Carries the bytes of one connection: a TCP socket, TLS or WebSocket on one, or a pipe within the
 * JVM. The transport passes what it reads to an {@link InboundHandler}; the connection writes
 * through this interface.
 */
public interface Transport {
  /**
   * Writes what can be written without blocking. One thread at a time calls this; after the call,
   * only what is left in the buffers matters.
   *
   * @return true when all buffers are empty; false when the rest has to wait for {@link
   *     #awaitWritable}
   * @throws IOException if the other side is gone
   */
  boolean write(ByteBuffer[] buffers, int count) throws IOException;

  /** Calls {@link InboundHandler#writable} once, when more can be written. Any thread. */
  void awaitWritable();

  /** Reads no more until {@link #resumeReading}. Called on the thread that reads. */
  void pauseReading();

  /**
   * As {@link #pauseReading}, but notices, where it can, that the other side closes. Called on the
   * reading thread.
   */
  default void awaitEnd() {
    pauseReading();
  }

  /**
   * Runs {@code task} when what comes before the protocol of NATS is over: the handshakes of TLS
   * and WebSocket. On the thread that calls this, or the one that ends the handshake.
   */
  default void whenReady(Runnable task) {
    task.run();
  }

  /**
   * Calls {@link InboundHandler#proceed} on the reading thread, and resumes reading if that returns
   * true. Any thread.
   */
  void resumeReading();

  /**
   * Tells the other side why the transport is about to be closed, where its protocol has a word for
   * that. Any thread.
   */
  default void announceEnd(CloseReason reason) {}

  /**
   * Closes the transport at once; what is not written yet is lost. Any thread; safe to call more
   * than once.
   */
  void close();

  /**
   * Closes the transport while the other side may still be sending, so that it sees a reset and not
   * an orderly end, where the two differ. Any thread; safe to call more than once.
   *
   * @param unread whether some of the bytes that were read count as unread
   */
  default void abandon(boolean unread) {
    close();
  }

  /** Returns the other side's address; null when there is none, within the JVM. */
  @Nullable InetSocketAddress remoteAddress();

  /**
   * Returns the address that INFO tells the client it has; null when there is none, or it is not
   * known yet.
   */
  default @Nullable InetSocketAddress disclosedAddress() {
    return remoteAddress();
  }

  /** Returns how the client is connected, which a user's permissions can depend on. */
  default ConnectionType type() {
    return ConnectionType.STANDARD;
  }

  /** Returns the TLS session, with the client's certificates; null without TLS. */
  default @Nullable SSLSession tlsSession() {
    return null;
  }

  /** Returns whether what is written waits for a handshake that has not ended. */
  default boolean isPending() {
    return false;
  }

  /** Returns whether TLS began before INFO. */
  default boolean isTlsFirst() {
    return false;
  }

  /** Returns how many bytes of the shared memory the transport takes. Any thread. */
  default long held() {
    return 0;
  }

  /** Returns about how many bytes of heap an idle connection on this transport takes. */
  default int footprint() {
    return 4 * 1024;
  }

  /**
   * Called when the client has logged in, and may use more memory from now on. On the reading
   * thread.
   */
  default void loggedIn() {}

  /**
   * Returns the options of CONNECT, completed by what the transport knows of the client (cookies).
   */
  default ConnectOptions complete(ConnectOptions options) {
    return options;
  }
}
