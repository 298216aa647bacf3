package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads the {@code compression} of connections between servers. */
final class CompressionReader {
  private CompressionReader() {}

  static CompressionConfig read(String name, ConfigValue value) {
    if (value.isString()) {
      return new CompressionConfig(value.string(), List.of());
    }
    if (value.isBool()) {
      return new CompressionConfig(value.bool() ? "on" : "off", List.of());
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
    return new CompressionConfig(mode, thresholds);
  }
}
