package dev.hubkit.nats.credential;

import dev.hubkit.text.GoNumber;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times of day and time zones in claims, as Go's package time reads them. */
public final class TimeOfDay {
  // The layout 15:04:05: hours may have one digit, and a fraction of a second may follow.
  private static final Pattern TIME =
      Pattern.compile("([01]?[0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:[.,][0-9]+)?");
  private static final Set<String> OLD_ZONES = Set.of("EST", "MST", "HST", "ROC");

  private TimeOfDay() {}

  /** Returns the time without its fraction of a second; empty if the text is none. */
  public static Optional<LocalTime> parse(String text) {
    Matcher time = TIME.matcher(text);
    return time.matches()
        ? Optional.of(
            LocalTime.of(digits(time.group(1)), digits(time.group(2)), digits(time.group(3))))
        : Optional.empty();
  }

  private static int digits(String text) {
    return (int) GoNumber.integer(text).orElseThrow();
  }

  /** Returns the time zone of a name; empty if there is none, and the system's if it is empty. */
  public static Optional<ZoneId> zone(String name) {
    if (name.isEmpty() || name.equals("Local")) {
      return Optional.of(ZoneId.systemDefault());
    }
    if (OLD_ZONES.contains(name)) {
      return Optional.of(ZoneId.of(name, ZoneId.SHORT_IDS));
    }
    return name.equals("UTC") || ZoneId.getAvailableZoneIds().contains(name)
        ? Optional.of(ZoneId.of(name))
        : Optional.empty();
  }
}
