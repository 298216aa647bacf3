package dev.hubkit.junit;

import dev.hubkit.time.GoDuration;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * Reads the texts of an annotation's attributes.
 *
 * @param label names the annotation in messages
 */
record AttributeTexts(String label) {

  /** Passes on a text, unless it is empty. */
  static void ifSet(String text, Consumer<String> target) {
    if (!text.isEmpty()) {
      target.accept(text);
    }
  }

  /** Passes on a duration such as {@code 1h30m}, unless the text is empty. */
  void duration(String attribute, String text, Consumer<Duration> target) {
    if (!text.isEmpty()) {
      target.accept(duration(attribute, text));
    }
  }

  /** Returns durations such as {@code 1h30m}. */
  List<Duration> durations(String attribute, String[] texts) {
    return Arrays.stream(texts).map(text -> duration(attribute, text)).toList();
  }

  private Duration duration(String attribute, String text) {
    OptionalLong nanos = GoDuration.parse(text);
    if (nanos.isEmpty()) {
      throw wrong(attribute, text, "a duration", "\"1h30m\", \"2s\" or \"500ms\"");
    }
    return Duration.ofNanos(nanos.getAsLong());
  }

  /** Passes on a time such as {@code 2026-01-31T12:00:00Z}, unless the text is empty. */
  void time(String attribute, String text, Consumer<ZonedDateTime> target) {
    if (text.isEmpty()) {
      return;
    }
    try {
      target.accept(ZonedDateTime.parse(text));
    } catch (DateTimeException e) {
      throw wrong(attribute, text, "a time", "\"2026-01-31T12:00:00Z\"");
    }
  }

  /** Passes on metadata of the form {@code key=value}, unless there is none. */
  void metadata(String[] texts, Consumer<Map<String, String>> target) {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw wrong("metadata", text, "a key with a value", "\"key=value\"");
      }
      metadata.put(text.substring(0, equals), text.substring(equals + 1));
    }
    if (!metadata.isEmpty()) {
      target.accept(metadata);
    }
  }

  private ExtensionConfigurationException wrong(
      String attribute, String text, String what, String example) {
    return new ExtensionConfigurationException(
        label
            + " has "
            + attribute
            + " = \""
            + text
            + "\", which is not "
            + what
            + ": write it as "
            + example);
  }
}
