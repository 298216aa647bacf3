package dev.hubkit.nats.monitor;

import dev.hubkit.log.Log;
import dev.hubkit.text.GoNumber;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The query options of a request for a report. Immutable. */
public final class Query {
  private static final Log log = Log.of(Query.class);
  // What only requests to the system account have.
  private static final Set<String> NOT_OVER_HTTP =
      Set.of("state_number", "subscriptions_detail", "filter_subject");

  private final Map<String, String> values = new HashMap<>();

  private Query() {}

  /** Thrown for an invalid option, which is answered with status 400. */
  public static class BadQueryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadQueryException(String message) {
      super(message);
    }
  }

  /** Thrown when another server is to answer, as with {@code errSkipZreq} of nats-server. */
  public static final class OtherAnswersException extends BadQueryException {
    private static final long serialVersionUID = 1L;

    OtherAnswersException(String why) {
      super("filtered response: " + why);
    }
  }

  /** Returns options that did not come over HTTP, under the names they have there. */
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
      // As in Go, where a part of a query that is not well-formed is left out.
      if (pair.indexOf(';') >= 0) {
        continue;
      }
      int equals = pair.indexOf('=');
      try {
        String name =
            URLDecoder.decode(
                equals < 0 ? pair : pair.substring(0, equals), StandardCharsets.UTF_8);
        String value =
            equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        if (!NOT_OVER_HTTP.contains(name)) {
          query.values.putIfAbsent(name, value);
        }
      } catch (IllegalArgumentException e) {
        log.debug("A part of a query is left out: {}", e.getMessage());
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
      default -> throw undecodable("boolean", name, "ParseBool", "invalid syntax");
    };
  }

  /**
   * Returns a number with or without a sign, of up to 64 bits; 0 when it is not given.
   *
   * @throws BadQueryException if it is none
   */
  long integer(String name) {
    return number(name, "[+-]?[0-9]+", "int", "Atoi", GoNumber::integer);
  }

  /**
   * Returns a number without a sign, of up to 64 bits; 0 when it is not given.
   *
   * @throws BadQueryException if it is none
   */
  long unsigned(String name) {
    return number(name, "[0-9]+", "uint64", "ParseUint", GoNumber::unsigned);
  }

  private long number(
      String name, String form, String kind, String parser, Function<String, OptionalLong> parse) {
    String text = text(name);
    if (text.isEmpty()) {
      return 0;
    }
    if (!text.matches(form)) {
      throw undecodable(kind, name, parser, "invalid syntax");
    }
    return parse
        .apply(text)
        .orElseThrow(() -> undecodable(kind, name, parser, "value out of range"));
  }

  // In the words of Go's strconv.
  private BadQueryException undecodable(String kind, String name, String parser, String why) {
    return new BadQueryException(
        "Error decoding "
            + kind
            + " for '"
            + name
            + "': strconv."
            + parser
            + ": parsing \""
            + text(name)
            + "\": "
            + why);
  }
}
