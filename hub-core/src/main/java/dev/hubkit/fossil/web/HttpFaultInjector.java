package dev.hubkit.fossil.web;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Spoils answers to HTTP requests on purpose, so that tests see what clients make of it. Called on
 * the threads that answer. Implementations are thread-safe.
 */
@FunctionalInterface
public interface HttpFaultInjector {
  /**
   * What becomes of a request; null when it is answered as it should be.
   *
   * @param method such as {@code GET}
   * @param path what is asked for, without the query
   * @param sync whether it is a message of the sync protocol
   */
  @Nullable Spoil spoil(String method, String path, boolean sync);

  /** What can become of a request. */
  sealed interface Spoil {
    /** It is answered with a status and a line of text, and nothing else is done about it. */
    record Answer(int status) implements Spoil {
      /**
       * Checks the status.
       *
       * @throws IllegalArgumentException if it is not from 400 to 599
       */
      public Answer {
        if (status < 400 || status > 599) {
          throw new IllegalArgumentException("Not the status of a failure: " + status);
        }
      }
    }

    /** The connection is closed without an answer, and nothing else is done about it. */
    record Drop() implements Spoil {}

    /**
     * It is worked on and answered, but the connection is closed after so many bytes of the body;
     * an answer that has no more is not spoiled.
     */
    record CutBody(long after) implements Spoil {
      /**
       * Checks the number.
       *
       * @throws IllegalArgumentException if it is negative
       */
      public CutBody {
        if (after < 0) {
          throw new IllegalArgumentException("Not a number of bytes: " + after);
        }
      }
    }

    /** It is worked on and answered later, by the time of the repository. */
    record Late(Duration by) implements Spoil {}
  }
}
