package dev.hubkit.fossil.sync;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Carries messages to a server and its answers back, one at a time. */
public interface SyncTransport extends AutoCloseable {
  /** The body of a request. */
  interface Body {
    /** The length in bytes. */
    long length();

    /**
     * Writes the body. May be called again when the request has to be repeated at another address.
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * An answer.
   *
   * @param format how its body is packed
   * @param body to be read to its end and closed
   */
  record Answer(MessageFormat format, InputStream body) {}

  /**
   * Sends a message and waits for the answer to begin.
   *
   * @throws IOException if the server cannot be reached or does not answer in the sync protocol;
   *     the message says which server and what it said
   */
  Answer exchange(MessageFormat format, Body body) throws IOException;

  /** Cancels a running exchange, from any thread. */
  void cancel();

  /** Closes the connections. */
  @Override
  void close();
}
