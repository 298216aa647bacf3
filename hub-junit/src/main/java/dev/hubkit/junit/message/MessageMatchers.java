package dev.hubkit.junit.message;

import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Matchers of subjects, headers and payloads; those of JSON are in {@link JsonContent}. */
public final class MessageMatchers {
  private MessageMatchers() {}

  private static MessageMatcher matcher(
      String description, Function<MessageView, List<String>> differences) {
    return new MessageMatcher(description) {
      @Override
      public List<String> differences(MessageView message) {
        return differences.apply(message);
      }
    };
  }

  /**
   * Matches messages on a subject.
   *
   * @param pattern the subject, which may have wildcards
   * @throws IllegalArgumentException if {@code pattern} is not a subject
   */
  public static MessageMatcher subject(String pattern) {
    if (!Subjects.isValid(pattern)) {
      throw new IllegalArgumentException("Not a subject: \"" + pattern + "\"");
    }
    return matcher(
        "on " + pattern,
        message ->
            Subjects.matches(message.subject(), pattern)
                ? List.of()
                : List.of("the subject was " + message.subject() + ", not " + pattern));
  }

  /**
   * Matches messages with a header of this name and value; the header may have more values. As in
   * NATS (ADR-4), case matters in the name and in the value.
   */
  public static MessageMatcher header(String name, String value) {
    return matcher(
        "with header " + name + ": " + value,
        message -> {
          List<String> values = message.headers().getOrDefault(name, List.of());
          if (values.contains(value)) {
            return List.of();
          }
          String found =
              values.isEmpty()
                  ? absent(name, message.headers())
                  : "was "
                      + values.stream().map(Quotation::of).collect(Collectors.joining(" and "));
          return List.of("header \"" + name + "\" " + found + ", not " + Quotation.of(value));
        });
  }

  /** Matches messages with a header of this name, in which case matters. */
  public static MessageMatcher hasHeader(String name) {
    return matcher(
        "with header " + name,
        message ->
            message.headers().containsKey(name)
                ? List.of()
                : List.of("header \"" + name + "\" " + absent(name, message.headers())));
  }

  private static String absent(String name, Map<String, List<String>> headers) {
    return headers.keySet().stream()
        .filter(name::equalsIgnoreCase)
        .findFirst()
        .map(other -> "was absent (case matters: there is \"" + other + "\")")
        .orElse("was absent");
  }

  /** Matches messages without a header of this name, in which case matters. */
  public static MessageMatcher hasNoHeader(String name) {
    return matcher(
        "without header " + name,
        message -> {
          List<String> values = message.headers().get(name);
          return values == null
              ? List.of()
              : List.of(
                  "header \""
                      + name
                      + "\" was "
                      + values.stream().map(Quotation::of).collect(Collectors.joining(" and "))
                      + ", not absent");
        });
  }

  /** Matches messages whose payload is exactly this text in UTF-8. */
  public static MessageMatcher body(String text) {
    return matcher(
        "with payload " + Quotation.of(text),
        message -> {
          if (!message.isTruncated()) {
            return message.text().equals(text)
                ? List.of()
                : List.of(
                    "the payload was "
                        + Quotation.of(message.text())
                        + ", not "
                        + Quotation.of(text));
          }
          return text.startsWith(message.text())
              ? List.of("the payload is " + Quotation.unknown(message))
              : List.of(
                  "the payload began with "
                      + Quotation.of(message.text())
                      + ", not "
                      + Quotation.of(text));
        });
  }

  /** Matches messages whose payload contains this text in UTF-8. */
  public static MessageMatcher bodyContaining(String text) {
    return matcher(
        "containing " + Quotation.of(text),
        message ->
            message.text().contains(text)
                ? List.of()
                : List.of(
                    message.isTruncated()
                        ? "the payload did not contain "
                            + Quotation.of(text)
                            + " in what is known of it: it is "
                            + Quotation.unknown(message)
                        : "the payload was "
                            + Quotation.of(message.text())
                            + ", which does not contain "
                            + Quotation.of(text)));
  }
}
