package dev.hubkit.junit.assertj;

import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Asks JetStream for something that may not be there. */
final class Lookup {
  private static final int STREAM_NOT_FOUND = 10059;
  private static final int CONSUMER_NOT_FOUND = 10014;
  private static final int MESSAGE_NOT_FOUND = 10037;

  private Lookup() {}

  /** A question. */
  interface Question<T> {
    @Nullable T ask() throws IOException, JetStreamApiException, InterruptedException;
  }

  /** The answer; null when JetStream says that there is nothing of the kind. */
  static <T> @Nullable T answer(Question<T> question) {
    try {
      return question.ask();
    } catch (JetStreamApiException e) {
      int code = e.getApiErrorCode();
      if (code == STREAM_NOT_FOUND || code == CONSUMER_NOT_FOUND || code == MESSAGE_NOT_FOUND) {
        return null;
      }
      throw new IllegalStateException("JetStream refuses to say: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("JetStream can't be asked: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking JetStream", e);
    }
  }
}
