package dev.hubkit.junit.history;

import dev.hubkit.junit.history.HistoryEvent.Answered;
import dev.hubkit.junit.history.HistoryEvent.Published;
import org.jspecify.annotations.Nullable;

/**
 * A message that a client published, with what came of it.
 *
 * @param answered the answer; null if there was none, so that the message may be there or not
 * @param answer the answer of JetStream; null if there was none, or something else answered
 */
record Publication(Published published, @Nullable Answered answered, @Nullable PubAnswer answer) {
  static Publication of(Published published, @Nullable Answered answered) {
    return new Publication(published, answered, answered == null ? null : PubAnswer.of(answered));
  }

  @Nullable String header(String name) {
    return MessageKey.byHeader(name).of(published.view());
  }
}
