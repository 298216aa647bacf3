package dev.hubkit.fossil.web;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Injects faults into the responses to HTTP requests, so that tests see how clients handle them.
 * The threads that respond call it. Implementations are thread-safe.
 */
@FunctionalInterface
public interface HttpFaultInjector {
  /**
   * Returns the fault to inject into the response to a request; null for none.
   *
   * @param method such as {@code GET}
   * @param path the path of the request, without the query
   * @param sync whether the request is a message of the sync protocol
   */
  @Nullable HttpFault inject(String method, String path, boolean sync);

  /** A fault in the response to a request. */
  sealed interface HttpFault {
    /** Responds with an error status and a line of text, and does not process the request. */
    record ErrorStatus(int status) implements HttpFault {
      /**
       * Checks the status.
       *
       * @throws IllegalArgumentException if it is not from 400 to 599
       */
      public ErrorStatus {
        if (status < 400 || status > 599) {
          throw new IllegalArgumentException("Not the status of a failure: " + status);
        }
      }
    }

    /** Closes the connection without a response, and does not process the request. */
    record DroppedConnection() implements HttpFault {}

    /**
     * Processes the request, but closes the connection after some bytes of the response body; a
     * shorter response is not changed.
     */
    record TruncatedBody(long after) implements HttpFault {
      /**
       * Checks the number.
       *
       * @throws IllegalArgumentException if it is negative
       */
      public TruncatedBody {
        if (after < 0) {
          throw new IllegalArgumentException("Not a number of bytes: " + after);
        }
      }
    }

    /** Processes the request later, by the clock of the repository. */
    record Delay(Duration by) implements HttpFault {}
  }
}
