package dev.hubkit.junit.assertj;

import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Queries JetStream for something that may not exist. */
final class Lookup {
  private static final int STREAM_NOT_FOUND = 10059;
  private static final int CONSUMER_NOT_FOUND = 10014;
  private static final int MESSAGE_NOT_FOUND = 10037;

  private Lookup() {}

  /** A query. */
  interface Question<T> {
    @Nullable T ask() throws IOException, JetStreamApiException, InterruptedException;
  }

  /** Returns the answer to a query for something that exists. */
  static <T> T require(Question<T> question) {
    return Objects.requireNonNull(answer(question));
  }

  /** Returns the answer; null if JetStream reports that nothing of the kind exists. */
  static <T> @Nullable T answer(Question<T> question) {
    try {
      return question.ask();
    } catch (JetStreamApiException e) {
      int code = e.getApiErrorCode();
      if (code == STREAM_NOT_FOUND || code == CONSUMER_NOT_FOUND || code == MESSAGE_NOT_FOUND) {
        return null;
      }
      throw new IllegalStateException("JetStream returned an error: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("JetStream cannot be reached: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking JetStream", e);
    }
  }
}
