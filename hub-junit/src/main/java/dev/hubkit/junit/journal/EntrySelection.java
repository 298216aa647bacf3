package dev.hubkit.junit.journal;

import dev.hubkit.junit.message.MessageMatcher;
import dev.hubkit.junit.message.MessageMatchers;
import java.util.function.Predicate;

/**
 * A selection of entries of a journal, which each method narrows.
 *
 * @param <S> the narrower selection
 */
public abstract class EntrySelection<S> {
  EntrySelection() {}

  abstract S narrow(Requirement requirement);

  /** Selects the entries that satisfy a condition, which {@code description} names in messages. */
  public S where(String description, Predicate<JournalEntry> condition) {
    return narrow(Requirement.of(description, condition));
  }

  /** Selects the entries of a client, by the name in its CONNECT. */
  public S by(String clientName) {
    return narrow(Requirement.by(clientName));
  }

  /**
   * Selects the messages, published or delivered, that match, such as those with {@code
   * json("$.id", 42)}.
   */
  public S matching(MessageMatcher matcher) {
    return narrow(Requirement.of(matcher));
  }

  /** Selects the messages whose payload contains {@code text}. */
  public S containing(String text) {
    return matching(MessageMatchers.bodyContaining(text));
  }

  /** Selects the messages with a header of this name, in which case matters as in NATS. */
  public S withHeader(String name) {
    return matching(MessageMatchers.hasHeader(name));
  }

  /** Selects the messages with a header of this name, in which case matters, and value. */
  public S withHeader(String name, String value) {
    return matching(MessageMatchers.header(name, value));
  }
}
