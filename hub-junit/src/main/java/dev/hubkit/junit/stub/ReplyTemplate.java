package dev.hubkit.junit.stub;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.junit.message.JsonContent;
import dev.hubkit.nats.subject.Subjects;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A text with placeholders in double braces, as WireMock and the subject mappings of NATS have
 * them. Immutable.
 */
final class ReplyTemplate {
  private static final String KNOWN =
      "{{1}} (what the first wildcard of the stub matches; also {{wildcard(1)}}), {{token(1)}},"
          + " {{subject}}, {{header(Name)}}, {{body}}, {{json($.path)}}, {{now}}, {{now(millis)}},"
          + " {{now(nanos)}} and {{counter}}";
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{(.*?)}}", Pattern.DOTALL);
  private static final Pattern CALL = Pattern.compile("\\s*(\\w+)\\s*(?:\\((.*)\\))?\\s*");
  private static final int LONGEST_NUMBER = 4;

  private final String text;
  private final List<Function<Source, String>> parts;
  private final boolean fixed;

  private ReplyTemplate(String text, List<Function<Source, String>> parts, boolean fixed) {
    this.text = text;
    this.parts = parts;
    this.fixed = fixed;
  }

  /**
   * What placeholders stand for.
   *
   * @param pattern the subject of the stub
   * @param count how many requests the stub has got, this one included
   * @param now the time of the hub
   */
  record Source(StubRequest request, String pattern, long count, Instant now) {
    private String wildcard(int index) {
      List<String> wanted = Subjects.tokens(pattern);
      List<String> found = Subjects.tokens(request.subject());
      int at = 0;
      for (int i = 0; i < wanted.size(); i++) {
        boolean rest = wanted.get(i).equals(">");
        if (rest || wanted.get(i).equals("*")) {
          at++;
          if (at == index) {
            return rest ? String.join(".", found.subList(i, found.size())) : found.get(i);
          }
        }
      }
      throw new IllegalStateException("the stub's subject " + pattern + " has no such wildcard");
    }

    private String token(int index) {
      List<String> tokens = Subjects.tokens(request.subject());
      if (index > tokens.size()) {
        throw new IllegalStateException("the subject " + request.subject() + " has no such token");
      }
      return tokens.get(index - 1);
    }

    private String header(String name) {
      return request
          .header(name)
          .orElseThrow(() -> new IllegalStateException("the request has no such header"));
    }

    private String nanos() {
      return String.valueOf(now.getEpochSecond() * 1_000_000_000L + now.getNano());
    }
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException if it has an unknown placeholder
   */
  static ReplyTemplate parse(String text) {
    List<Function<Source, String>> parts = new ArrayList<>();
    boolean json = text.stripLeading().startsWith("{") || text.stripLeading().startsWith("[");
    Matcher matcher = PLACEHOLDER.matcher(text);
    int from = 0;
    boolean found = false;
    while (matcher.find()) {
      String literal = text.substring(from, matcher.start());
      parts.add(source -> literal);
      parts.add(placeholder(matcher.group(), matcher.group(1), json));
      from = matcher.end();
      found = true;
    }
    String end = text.substring(from);
    parts.add(source -> end);
    return new ReplyTemplate(text, List.copyOf(parts), !found);
  }

  private static Function<Source, String> placeholder(String whole, String inner, boolean json) {
    Function<Source, String> value = value(whole, inner, json);
    return source -> {
      try {
        return value.apply(source);
      } catch (IllegalStateException e) {
        throw new IllegalStateException("No value for " + whole + ": " + e.getMessage(), e);
      }
    };
  }

  private static Function<Source, String> value(String whole, String inner, boolean json) {
    Matcher call = CALL.matcher(inner);
    if (call.matches()) {
      String argument = call.group(2);
      Function<Source, String> plain =
          argument == null ? plain(call.group(1)) : plain(call.group(1), argument.strip());
      if (plain != null) {
        return json ? source -> escaped(plain.apply(source)) : plain;
      }
      if (call.group(1).equals("json") && argument != null) {
        return found(argument.strip(), json);
      }
      if (call.group(1).equals("body") && argument == null) {
        return source -> source.request().text();
      }
    }
    throw new IllegalArgumentException(
        "The placeholder " + whole + " is unknown; there are " + KNOWN);
  }

  private static Function<Source, String> found(String path, boolean json) {
    // Fails now if the path is none, or the library is missing.
    JsonContent.hasJson(path);
    return source -> {
      String value =
          JsonContent.find(path, source.request().view().payload())
              .orElseThrow(() -> new IllegalStateException("the payload has nothing there"));
      // A string stands between quotation marks of the template; objects and numbers stand alone.
      boolean structure = value.startsWith("{") || value.startsWith("[");
      return json && !structure ? escaped(value) : value;
    };
  }

  private static @Nullable Function<Source, String> plain(String name) {
    if (isNumber(name)) {
      int index = Integer.parseInt(name);
      return source -> source.wildcard(index);
    }
    return switch (name) {
      case "subject" -> source -> source.request().subject();
      case "now" -> source -> source.now().toString();
      case "counter" -> source -> String.valueOf(source.count());
      default -> null;
    };
  }

  private static @Nullable Function<Source, String> plain(String name, String argument) {
    if (name.equals("wildcard") && isNumber(argument)) {
      return plain(argument);
    }
    if (name.equals("token") && isNumber(argument)) {
      int index = Integer.parseInt(argument);
      return source -> source.token(index);
    }
    if (name.equals("header")) {
      return source -> source.header(argument);
    }
    if (name.equals("now") && argument.equals("millis")) {
      return source -> String.valueOf(source.now().toEpochMilli());
    }
    return name.equals("now") && argument.equals("nanos") ? Source::nanos : null;
  }

  private static boolean isNumber(String text) {
    return text.length() <= LONGEST_NUMBER && text.matches("[1-9][0-9]*");
  }

  /** Returns a text as it stands in a string of JSON. */
  static String escaped(String value) {
    String quoted = new String(JsonWriter.compact().any(value).toBytes(), StandardCharsets.UTF_8);
    return quoted.substring(1, quoted.length() - 1);
  }

  /** Returns whether there are no placeholders. */
  boolean isFixed() {
    return fixed;
  }

  /**
   * Returns the text for a request.
   *
   * @throws IllegalStateException if there is no value for a placeholder
   */
  String render(Source source) {
    return parts.stream().map(part -> part.apply(source)).collect(Collectors.joining());
  }

  @Override
  public String toString() {
    return text;
  }
}
