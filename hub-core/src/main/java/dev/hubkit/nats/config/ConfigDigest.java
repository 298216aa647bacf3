package dev.hubkit.nats.config;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The digest nats-server reports for a configuration: SHA-256 of its values as the JSON that Go's
 * encoder writes, keys sorted, ended by a line feed.
 */
final class ConfigDigest {
  private static final HexFormat HEX = HexFormat.of();
  private static final DateTimeFormatter RFC_3339 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

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
    for (Map.Entry<String, ConfigValue> field : new TreeMap<>(map).entrySet()) {
      json.append(separator);
      string(field.getKey());
      json.append(':');
      value(field.getValue());
      separator = ",";
    }
    json.append('}');
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
      number(number);
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

  // Go writes exponents only below 1e-6 and from 1e21 on.
  private void number(double number) {
    double size = Math.abs(number);
    BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    if (size == 0 || (size >= 1e-6 && size < 1e21)) {
      json.append(exact.toPlainString());
      return;
    }
    String digits = exact.unscaledValue().toString();
    int sign = digits.startsWith("-") ? 1 : 0;
    int exponent = digits.length() - sign - 1 - exact.scale();
    json.append(digits, 0, sign + 1);
    if (digits.length() > sign + 1) {
      json.append('.').append(digits, sign + 1, digits.length());
    }
    json.append('e').append(exponent < 0 ? "-" : "+").append(Math.abs(exponent));
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
          if (c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029) {
            json.append("\\u").append(HEX.toHexDigits(c));
          } else {
            json.append(c);
          }
        }
      }
    }
    json.append('"');
  }
}
