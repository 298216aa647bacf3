package dev.hubkit.junit.message;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A condition for messages that says of a message what differs. {@link MessageMatchers} and {@link
 * JsonContent} have matchers of headers, payloads and JSON; {@link #of} makes one of a predicate.
 * Matchers are immutable and thread-safe, and {@code toString()} describes the message they match,
 * as in {@code with header Kind: a}.
 */
public abstract class MessageMatcher {
  private final String description;

  /**
   * Makes a matcher.
   *
   * @param description describes a message that matches, as in {@code with header Kind: a}
   */
  protected MessageMatcher(String description) {
    this.description = description;
  }

  /**
   * Returns what differs, each difference in words, such as {@code header "Kind" was "b", not "a"};
   * nothing if the message matches. The fewer differences, the nearer is the message.
   */
  public abstract List<String> differences(MessageView message);

  /** Returns whether a message matches. */
  public final boolean matches(MessageView message) {
    return differences(message).isEmpty();
  }

  /** Returns a matcher of the messages that match both this and another matcher. */
  public final MessageMatcher and(MessageMatcher other) {
    MessageMatcher first = this;
    return new MessageMatcher(description + " " + other) {
      @Override
      public List<String> differences(MessageView message) {
        List<String> all = new ArrayList<>(first.differences(message));
        all.addAll(other.differences(message));
        return all;
      }
    };
  }

  /**
   * Returns a matcher of the messages that satisfy a condition.
   *
   * @param description describes a message that matches, as in {@code of a gold customer}
   */
  public static MessageMatcher of(String description, Predicate<MessageView> condition) {
    return new MessageMatcher(description) {
      @Override
      public List<String> differences(MessageView message) {
        return condition.test(message) ? List.of() : List.of("it was not " + description);
      }
    };
  }

  /** Returns the description of a message that matches. */
  @Override
  public final String toString() {
    return description;
  }
}
