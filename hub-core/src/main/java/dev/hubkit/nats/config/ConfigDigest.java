package dev.hubkit.nats.config;

import dev.hubkit.text.GoNumber;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The digest nats-server reports for a configuration: SHA-256 of its values as the JSON that Go's
 * encoder writes, keys sorted, ended by a line feed.
 */
final class ConfigDigest {
  private static final HexFormat HEX = HexFormat.of();
  private static final DateTimeFormatter RFC_3339 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

  private static final Comparator<String> CODE_POINTS =
      (one, other) ->
          Arrays.compareUnsigned(
              one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

  private final StringBuilder json = new StringBuilder();

  private ConfigDigest() {}

  static String of(Map<String, ConfigValue> config) {
    ConfigDigest digest = new ConfigDigest();
    digest.map(config);
    digest.json.append('\n');
    byte[] bytes = digest.json.toString().getBytes(StandardCharsets.UTF_8);
    try {
      return "sha256:" + HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void map(Map<String, ConfigValue> map) {
    json.append('{');
    String separator = "";
    for (Map.Entry<String, ConfigValue> field : sorted(map).entrySet()) {
      json.append(separator);
      string(field.getKey());
      json.append(':');
      value(field.getValue());
      separator = ",";
    }
    json.append('}');
  }

  // Go sorts by bytes, which are in the order of the code points.
  private static SortedMap<String, ConfigValue> sorted(Map<String, ConfigValue> map) {
    SortedMap<String, ConfigValue> sorted = new TreeMap<>(CODE_POINTS);
    sorted.putAll(map);
    return sorted;
  }

  private void value(ConfigValue value) {
    if (value.isMap()) {
      map(value.map());
    } else if (value.isList()) {
      list(value.list());
    } else if (value.isString()) {
      string(value.string());
    } else if (value.value() instanceof Instant time) {
      string(RFC_3339.format(time));
    } else if (value.value() instanceof Double number) {
      json.append(GoNumber.json(number));
    } else {
      json.append(value.value());
    }
  }

  private void list(List<ConfigValue> elements) {
    json.append('[');
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        json.append(',');
      }
      value(elements.get(i));
    }
    json.append(']');
  }

  private void string(String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        default -> {
          if (isEscaped(c)) {
            json.append("\\u").append(HEX.toHexDigits(c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }

  // A byte that is not UTF-8 is read as the replacement character, and Go escapes it.
  private static boolean isEscaped(char c) {
    return c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029 || c == 0xfffd;
  }
}
