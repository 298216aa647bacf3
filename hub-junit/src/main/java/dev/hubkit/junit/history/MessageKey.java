package dev.hubkit.junit.history;

import dev.hubkit.junit.message.JsonContent;
import dev.hubkit.junit.message.MessageView;
import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a key of a message, such as the number of its order. Messages with the same key belong
 * together.
 */
@FunctionalInterface
public interface MessageKey {
  /** Returns the key of a message; null if it has none. */
  @Nullable String of(MessageView message);

  /** Returns the subject. */
  static MessageKey bySubject() {
    return MessageView::subject;
  }

  /**
   * Returns a token of the subject; messages with fewer tokens have no key.
   *
   * @param number the number of the token, beginning with 1
   * @throws IllegalArgumentException if {@code number} is less than 1
   */
  static MessageKey bySubjectToken(int number) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "The tokens of a subject are numbered from 1, so there is no token " + number);
    }
    return message -> {
      List<String> tokens = Subjects.tokens(message.subject());
      return number > tokens.size() ? null : tokens.get(number - 1);
    };
  }

  /** Returns the first value of a header, in whose name case matters. */
  static MessageKey byHeader(String name) {
    return message -> {
      List<String> values = message.headers().get(name);
      return values == null ? null : values.get(0);
    };
  }

  /**
   * Returns the value at a path of the JSON, as text.
   *
   * @param path a path of the library {@code com.jayway.jsonpath:json-path}, which has to be on the
   *     class path, such as {@code $.order.id}
   * @throws IllegalArgumentException if {@code path} is not a JSONPath
   * @throws IllegalStateException if the library is missing
   */
  static MessageKey byJson(String path) {
    return JsonContent.textAt(path)::apply;
  }

  /** Returns the payload as text. */
  static MessageKey byPayload() {
    return MessageView::text;
  }
}
