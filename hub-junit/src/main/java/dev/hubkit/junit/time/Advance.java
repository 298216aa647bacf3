package dev.hubkit.junit.time;

import dev.hubkit.time.DurationText;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What happened while a test advanced the time of a hub until a condition held.
 *
 * @param reached whether the condition held in the end
 * @param passed how much of the hub's time has passed
 * @param timers how often the timers of the hub ran, by their names
 * @param nextTimer names the timer that is due next, and when; empty for none
 */
public record Advance(
    boolean reached, Duration passed, Map<String, Integer> timers, String nextTimer) {

  /** Keeps a copy of the timers. */
  public Advance {
    timers = Map.copyOf(timers);
  }

  /** Returns a sentence without a full stop. */
  @Override
  public String toString() {
    return DurationText.of(passed)
        + " of the hub's time passed, in which "
        + (timers.isEmpty() ? "no timer ran" : "these timers ran: " + listed())
        + (nextTimer.isEmpty() ? "; no timer is set" : "; the next timer: " + nextTimer);
  }

  private String listed() {
    return timers.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .map(
            each ->
                each.getKey() + (each.getValue() == 1 ? "" : " (" + each.getValue() + " times)"))
        .collect(Collectors.joining(", "));
  }
}
