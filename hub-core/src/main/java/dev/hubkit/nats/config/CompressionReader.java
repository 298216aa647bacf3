package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.time.GoDuration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads the {@code compression} of connections between servers, and checks it as nats-server does
 * when it starts. Hub does not compress these connections, and tells other servers so.
 */
final class CompressionReader {
  private static final int MOST_THRESHOLDS = 4;

  private CompressionReader() {}

  /** What a file says of it. */
  record Compression(String mode, List<Long> thresholds) {
    static final Compression UNSET = new Compression("", List.of());

    /**
     * Checks it (validateAndNormalizeCompressionOption in nats-server's {@code server.go}).
     *
     * @throws ConfigException if nats-server would not start with it
     */
    void check() {
      switch (mode.toLowerCase(Locale.ROOT)) {
        case "",
            "on",
            "enabled",
            "true",
            "not supported",
            "not_supported",
            "disabled",
            "off",
            "false",
            "accept",
            "fast",
            "s2_fast",
            "better",
            "s2_better",
            "best",
            "s2_best" -> {}
        case "auto", "s2_auto" -> checkThresholds();
        default -> throw new ConfigException("unsupported compression mode " + quoted(mode));
      }
    }

    private void checkThresholds() {
      List<Long> kept = new ArrayList<>();
      for (long each : thresholds) {
        long threshold = Math.max(0, each);
        if (threshold != 0 && kept.stream().anyMatch(before -> threshold < before)) {
          throw new ConfigException(
              "RTT threshold values " + shown() + " should be in ascending order");
        }
        kept.add(threshold);
      }
      while (!kept.isEmpty() && kept.get(kept.size() - 1) == 0) {
        kept.remove(kept.size() - 1);
      }
      if (kept.size() > MOST_THRESHOLDS) {
        throw new ConfigException(
            "compression mode "
                + quoted(mode)
                + " should have no more than 4 RTT thresholds: "
                + shown());
      }
      if (kept.isEmpty() && !thresholds.isEmpty()) {
        throw new ConfigException(
            "compression mode " + quoted(mode) + " requires at least one RTT threshold");
      }
    }

    private String shown() {
      List<String> texts = thresholds.stream().map(GoDuration::format).toList();
      return "[" + String.join(" ", texts) + "]";
    }
  }

  static Compression read(String name, ConfigValue value) {
    if (value.isString()) {
      return new Compression(value.string(), List.of());
    }
    if (value.isBool()) {
      return new Compression(value.bool() ? "on" : "off", List.of());
    }
    if (!value.isMap()) {
      throw value.error(
          "field " + quoted(name) + " should be a boolean or a structure, got " + value.type());
    }
    String mode = "";
    List<Long> thresholds = new ArrayList<>();
    for (var field : value.map().entrySet()) {
      ConfigValue each = field.getValue();
      switch (field.getKey().toLowerCase(Locale.ROOT)) {
        case "mode" -> mode = each.string();
        case "rtt_thresholds", "thresholds", "rtts", "rtt" -> {
          for (ConfigValue threshold : each.list()) {
            thresholds.add(Problems.duration("", threshold.string(), each));
          }
        }
        default -> {
          if (!each.isVariable()) {
            throw each.error("unknown field " + quoted(field.getKey()));
          }
        }
      }
    }
    return new Compression(mode, List.copyOf(thresholds));
  }
}
