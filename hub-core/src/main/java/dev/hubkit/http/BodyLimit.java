package dev.hubkit.http;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;

/**
 * Decides by the beginning of a large body how much of it is taken. Implementations are
 * thread-safe.
 */
public interface BodyLimit {
  /** Takes any body that is not larger than the server's limit. */
  BodyLimit NONE =
      new BodyLimit() {
        @Override
        public long unasked() {
          return Long.MAX_VALUE;
        }

        @Override
        public long largest(String method, URI uri, Headers headers, InputStream beginning) {
          return Long.MAX_VALUE;
        }
      };

  /** How many bytes of every body are taken without asking. */
  long unasked();

  /**
   * How many bytes may be taken of a body that has more than {@link #unasked()}. Called on a thread
   * of the handlers, at most once for each request.
   *
   * @param beginning the first {@link #unasked()} bytes
   * @throws IOException if the beginning cannot be made sense of; the request is answered with 413
   */
  long largest(String method, URI uri, Headers headers, InputStream beginning) throws IOException;
}
