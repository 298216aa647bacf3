package dev.hubkit.http;

import com.sun.net.httpserver.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;

/**
 * Decides by the beginning of a large body how much of it the server accepts. Implementations are
 * thread-safe.
 */
public interface BodyLimit {
  /** Accepts any body within the server's limit. */
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

  /** How many bytes of every body the server accepts without asking. */
  long unasked();

  /**
   * Decides how many bytes to accept of a body that has more than {@link #unasked()}. Called on a
   * thread of the handlers, at most once for each request.
   *
   * @param beginning the first {@link #unasked()} bytes
   * @throws IOException if the beginning makes no sense; the request is answered with 413
   */
  long largest(String method, URI uri, Headers headers, InputStream beginning) throws IOException;
}
