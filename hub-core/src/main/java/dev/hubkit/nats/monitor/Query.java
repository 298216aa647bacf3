package dev.hubkit.nats.monitor;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a report is asked with: the options behind the question mark. Immutable. */
public final class Query {
  private final Map<String, String> values = new HashMap<>();

  private Query() {}

  /** An option that makes no sense: answered with status 400. */
  public static final class BadQueryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadQueryException(String message) {
      super(message);
    }
  }

  /** Options that were given in some other way than over HTTP, under the names they have there. */
  public static Query of(Map<String, String> options) {
    Query query = new Query();
    query.values.putAll(options);
    return query;
  }

  static Query of(@Nullable String raw) {
    Query query = new Query();
    if (raw == null) {
      return query;
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      try {
        String name =
            URLDecoder.decode(
                equals < 0 ? pair : pair.substring(0, equals), StandardCharsets.UTF_8);
        String value =
            equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        query.values.putIfAbsent(name, value);
      } catch (IllegalArgumentException e) {
        throw new BadQueryException("malformed query");
      }
    }
    return query;
  }

  String text(String name) {
    return values.getOrDefault(name, "");
  }

  boolean has(String name) {
    return !text(name).isEmpty();
  }

  boolean bool(String name) {
    return switch (text(name)) {
      case "" -> false;
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw undecodable("boolean", name, "ParseBool");
    };
  }

  int integer(String name, int unset) {
    String text = text(name);
    if (text.isEmpty()) {
      return unset;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw undecodable("int", name, "Atoi");
    }
  }

  /** A number without a sign, up to 64 bits; 0 when it is not given. */
  long unsigned(String name) {
    String text = text(name);
    if (text.isEmpty()) {
      return 0;
    }
    if (!Character.isDigit(text.charAt(0))) {
      throw undecodable("uint64", name, "ParseUint");
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw undecodable("uint64", name, "ParseUint");
    }
  }

  // As Go's strconv says it.
  private BadQueryException undecodable(String kind, String name, String parser) {
    return new BadQueryException(
        "Error decoding "
            + kind
            + " for '"
            + name
            + "': strconv."
            + parser
            + ": parsing \""
            + text(name)
            + "\": invalid syntax");
  }
}
