package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The {@code compression} of connections between servers, as a file says it.
 *
 * @param mode empty for the default
 * @param thresholds round trips in nanoseconds up to which the levels are chosen, for the mode
 *     {@code s2_auto}; empty for the default
 */
public record CompressionConfig(String mode, List<Long> thresholds) {
  /** That of nats-server. */
  public static final CompressionConfig DEFAULT = new CompressionConfig("", List.of());

  private static final int MOST_THRESHOLDS = 4;
  private static final String AUTO = "s2_auto";

  public CompressionConfig {
    thresholds = List.copyOf(thresholds);
  }

  /**
   * Returns the mode as nats-server calls it.
   *
   * @param whenOn what "on" stands for
   * @param otherwise the default
   */
  public String named(String whenOn, String otherwise) {
    String text = mode.isEmpty() ? otherwise : mode.toLowerCase(Locale.ROOT);
    return switch (text) {
      case "on", "enabled", "true" -> whenOn;
      case "not supported", "not_supported" -> "not supported";
      case "disabled", "off", "false" -> "off";
      case "auto" -> AUTO;
      case "fast", "better", "best" -> "s2_" + text;
      default -> text;
    };
  }

  /** Returns the thresholds without those that change nothing. */
  public List<Long> effectiveThresholds() {
    List<Long> kept = new ArrayList<>(thresholds.stream().map(each -> Math.max(0, each)).toList());
    while (!kept.isEmpty() && kept.get(kept.size() - 1) == 0) {
      kept.remove(kept.size() - 1);
    }
    return kept;
  }

  /**
   * Checks it (validateAndNormalizeCompressionOption in nats-server's {@code server.go}).
   *
   * @throws ConfigException if nats-server would not start with it
   */
  void check() {
    switch (named("on", "off")) {
      case "on", "not supported", "off", "accept", "s2_fast", "s2_better", "s2_best" -> {}
      case AUTO -> checkThresholds();
      default -> throw new ConfigException("unsupported compression mode " + quoted(mode));
    }
  }

  private void checkThresholds() {
    long most = 0;
    for (long each : thresholds) {
      if (each > 0 && each < most) {
        throw new ConfigException(
            "RTT threshold values " + shown() + " should be in ascending order");
      }
      most = Math.max(most, each);
    }
    int count = effectiveThresholds().size();
    if (count > MOST_THRESHOLDS) {
      throw new ConfigException(
          "compression mode "
              + quoted(mode)
              + " should have no more than 4 RTT thresholds: "
              + shown());
    }
    if (count == 0 && !thresholds.isEmpty()) {
      throw new ConfigException(
          "compression mode " + quoted(mode) + " requires at least one RTT threshold");
    }
  }

  private String shown() {
    List<String> texts = thresholds.stream().map(GoDuration::format).toList();
    return "[" + String.join(" ", texts) + "]";
  }
}
