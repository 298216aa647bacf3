package dev.hubkit.nats.subject;

import dev.hubkit.text.GoNumber;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Transforms subjects: inserts what the wildcards of a source pattern stand for into a destination,
 * unchanged ({@code $1}, {@code {{wildcard(1)}}}) or through one of the mapping functions of
 * nats-server (partition, split, splitFromLeft, splitFromRight, sliceFromLeft, sliceFromRight,
 * left, right, random). Immutable.
 */
public final class SubjectTransform {
  private static final Pattern FUNCTION =
      Pattern.compile("\\{\\{\\s*([A-Za-z]+)\\s*\\((.*)\\)\\s*\\}\\}");

  private static final Pattern PLACE =
      Pattern.compile("\\$(\\d+)|\\{\\{\\s*[wW]ildcard\\(\\s*(\\d+)\\s*\\)\\s*\\}\\}");

  private final String source;
  private final String destination;
  private final boolean identity;
  private final int sourceTokens;
  private final List<Piece> pieces;
  private final boolean keepsRest;

  /** Writes one token of the destination (which may turn out as several). */
  @FunctionalInterface
  private interface Piece {
    void append(StringBuilder out, List<String> tokens);
  }

  private SubjectTransform(
      String source, String destination, List<Piece> pieces, boolean keepsRest) {
    this.source = source;
    this.destination = destination;
    this.identity = source.equals(">") && destination.equals(">");
    this.sourceTokens = Subjects.tokenCount(source);
    this.pieces = pieces;
    this.keepsRest = keepsRest;
  }

  /**
   * Makes a transform.
   *
   * @param source the pattern of the subjects to transform; empty for all @param destination the
   *     pattern of the result
   * @throws IllegalArgumentException in nats-server's words, if they don't go together
   */
  public static SubjectTransform of(String source, String destination) {
    return of(source, destination, false);
  }

  /**
   * Makes a transform that can be reversed: it uses every wildcard, and no function but {@code
   * wildcard}.
   *
   * @throws IllegalArgumentException in nats-server's words, if they don't go together
   */
  public static SubjectTransform reversible(String source, String destination) {
    return of(source, destination, true);
  }

  /** Returns a pattern with {@code $1}, {@code $2} and so on in the places of its wildcards. */
  public static String numbered(String pattern) {
    List<String> tokens = Subjects.tokens(pattern);
    int count = 0;
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).equals("*")) {
        tokens.set(i, "$" + ++count);
      }
    }
    return String.join(".", tokens);
  }

  private static SubjectTransform of(String givenSource, String destination, boolean strict) {
    String source = givenSource.isEmpty() ? ">" : givenSource;
    List<String> from = Subjects.tokens(source);
    List<String> to = Subjects.tokens(destination);
    if (!isWellFormed(from)
        || !isWellFormed(to)
        || to.contains("*")
        || endsOpen(from) != endsOpen(to)) {
      throw new IllegalArgumentException("invalid subject");
    }
    List<Integer> wildcards = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      if (from.get(i).equals("*")) {
        wildcards.add(i);
      }
    }
    List<Piece> pieces = new ArrayList<>();
    int[] used = new int[1];
    for (String token : to) {
      if (token.equals(">")) {
        break;
      }
      pieces.add(piece(token, wildcards, strict, used));
    }
    if (strict && used[0] < wildcards.size()) {
      throw bad("not using all of the token wildcard(s)", destination);
    }
    return new SubjectTransform(source, destination, pieces, endsOpen(to));
  }

  private static boolean isWellFormed(List<String> tokens) {
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).isEmpty() || (tokens.get(i).equals(">") && i < tokens.size() - 1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean endsOpen(List<String> tokens) {
    return tokens.get(tokens.size() - 1).equals(">");
  }

  private static IllegalArgumentException bad(String what, String token) {
    return new IllegalArgumentException("invalid mapping destination: " + what + " in " + token);
  }

  private static Piece piece(String token, List<Integer> wildcards, boolean strict, int[] used) {
    if (token.length() > 1 && token.startsWith("$")) {
      Integer number = number(token.substring(1));
      if (number == null) {
        return literal(token);
      }
      used[0]++;
      return wildcard(position(token, number, wildcards));
    }
    boolean function = token.length() > 4 && token.startsWith("{{") && token.endsWith("}}");
    if (!function) {
      return literal(token);
    }
    Matcher matcher = FUNCTION.matcher(token);
    if (!matcher.find()) {
      throw bad("unknown function", token);
    }
    String name = matcher.group(1).toLowerCase(Locale.ROOT);
    String[] arguments = matcher.group(2).split(",\\s*", -1);
    if (strict && !name.equals("wildcard")) {
      throw bad("the only mapping function allowed for import transforms is {{Wildcard()}}", token);
    }
    if (name.equals("wildcard")) {
      used[0]++;
    }
    return function(token, name, arguments, wildcards);
  }

  private static Piece function(
      String token, String name, String[] arguments, List<Integer> wildcards) {
    return switch (name) {
      case "wildcard" -> {
        if (arguments.length == 1 && arguments[0].isEmpty()) {
          throw bad("not enough arguments passed to the function", token);
        }
        checkCount(token, arguments, 1);
        yield wildcard(position(token, integer(token, arguments[0]), wildcards));
      }
      case "partition" -> partition(token, arguments, wildcards);
      case "random" -> {
        checkCount(token, arguments, 1);
        int ceiling = integer(token, arguments[0]);
        yield (out, tokens) ->
            out.append(ceiling <= 0 ? 0 : ThreadLocalRandom.current().nextInt(ceiling));
      }
      case "split" -> {
        checkCount(token, arguments, 2);
        int at = position(token, integer(token, arguments[0]), wildcards);
        String delimiter = arguments[1];
        if (delimiter.contains(" ") || delimiter.contains(".")) {
          throw bad("function argument is invalid or in the wrong format", token);
        }
        yield (out, tokens) -> split(out, tokens.get(at), delimiter);
      }
      case "splitfromleft" -> cut(token, arguments, wildcards, SubjectTransform::splitFromLeft);
      case "splitfromright" -> cut(token, arguments, wildcards, SubjectTransform::splitFromRight);
      case "slicefromleft" -> cut(token, arguments, wildcards, SubjectTransform::sliceFromLeft);
      case "slicefromright" -> cut(token, arguments, wildcards, SubjectTransform::sliceFromRight);
      case "left" -> cut(token, arguments, wildcards, (text, size) -> text.substring(0, size));
      case "right" ->
          cut(token, arguments, wildcards, (text, size) -> text.substring(text.length() - size));
      default -> throw bad("unknown function", token);
    };
  }

  private static @org.jspecify.annotations.Nullable Integer number(String text) {
    OptionalLong number = GoNumber.integer32(text);
    return number.isEmpty() ? null : (Integer) (int) number.getAsLong();
  }

  private static int integer(String token, String argument) {
    Integer number = number(argument.strip());
    if (number == null) {
      throw bad("function argument is invalid or in the wrong format", token);
    }
    return number;
  }

  private static void checkCount(String token, String[] arguments, int count) {
    if (arguments.length < count) {
      throw bad("not enough arguments passed to the function", token);
    }
    if (arguments.length > count) {
      throw bad("too many arguments passed to the function", token);
    }
  }

  private static int position(String token, int wildcard, List<Integer> wildcards) {
    if (wildcard > wildcards.size() || wildcards.isEmpty()) {
      String shown = wildcards.isEmpty() ? token : token + ": [" + wildcard + "]";
      throw bad("wildcard index out of range", shown);
    }
    // As in nats-server, numbers below 1 mean the first token of the subject.
    return wildcard < 1 ? 0 : wildcards.get(wildcard - 1);
  }

  private static Piece literal(String token) {
    return (out, tokens) -> out.append(token);
  }

  private static Piece wildcard(int at) {
    return (out, tokens) -> {
      if (at < tokens.size()) {
        out.append(tokens.get(at));
      }
    };
  }

  private static Piece partition(String token, String[] arguments, List<Integer> wildcards) {
    int count = integer(token, arguments[0]);
    List<Integer> positions = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      positions.add(position(token, integer(token, arguments[i]), wildcards));
    }
    return (out, tokens) -> {
      StringBuilder key = new StringBuilder();
      if (positions.isEmpty()) {
        key.append(String.join(".", tokens));
      } else {
        positions.forEach(at -> key.append(tokens.get(at)));
      }
      out.append(count == 0 ? 0 : Integer.remainderUnsigned(fnv1a(key.toString()), count));
    };
  }

  private static int fnv1a(String key) {
    int hash = 0x811c9dc5;
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x01000193;
    }
    return hash;
  }

  @FunctionalInterface
  private interface Cut {
    String cut(String text, int size);
  }

  /** Leaves a token unchanged that is too short to be cut. */
  private static Piece cut(
      String token, String[] arguments, List<Integer> wildcards, Cut function) {
    checkCount(token, arguments, 2);
    int wildcard = integer(token, arguments[0]);
    int size = integer(token, arguments[1]);
    int at = position(token, wildcard, wildcards);
    return (out, tokens) -> {
      String text = tokens.get(at);
      out.append(size > 0 && size < text.length() ? function.cut(text, size) : text);
    };
  }

  private static String splitFromLeft(String text, int size) {
    return text.substring(0, size) + "." + text.substring(size);
  }

  private static String splitFromRight(String text, int size) {
    return splitFromLeft(text, text.length() - size);
  }

  private static String sliceFromLeft(String text, int size) {
    List<String> slices = new ArrayList<>();
    for (int at = 0; at < text.length(); at += size) {
      slices.add(text.substring(at, Math.min(text.length(), at + size)));
    }
    return String.join(".", slices);
  }

  private static String sliceFromRight(String text, int size) {
    int first = text.length() % size;
    String rest = sliceFromLeft(text.substring(first), size);
    return first == 0 ? rest : text.substring(0, first) + "." + rest;
  }

  private static void split(StringBuilder out, String text, String delimiter) {
    if (delimiter.isEmpty()) {
      out.append(String.join(".", text.split("")));
      return;
    }
    String[] parts = text.split(Pattern.quote(delimiter), -1);
    for (int i = 0; i < parts.length; i++) {
      out.append(parts[i]);
      boolean leading = i == 0 && parts[i].isEmpty();
      if (i < parts.length - 1 && !parts[i + 1].isEmpty() && !leading) {
        out.append('.');
      }
    }
  }

  /**
   * Returns the reverse of a transform made by {@link #reversible}.
   *
   * @throws IllegalArgumentException if this one can't be reversed
   */
  public SubjectTransform reverse() {
    List<String> pattern = Subjects.tokens(destination);
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < pattern.size(); i++) {
      Matcher place = PLACE.matcher(pattern.get(i));
      if (place.matches()) {
        numbers.add(number(place.group(place.group(1) == null ? 2 : 1)));
        pattern.set(i, "*");
      }
    }
    List<String> back = Subjects.tokens(source);
    int wildcard = 0;
    for (int i = 0; i < back.size(); i++) {
      if (back.get(i).equals("*")) {
        back.set(i, "$" + (numbers.indexOf(++wildcard) + 1));
      }
    }
    return reversible(String.join(".", pattern), String.join(".", back));
  }

  /** Returns the source pattern. */
  public String source() {
    return source;
  }

  /** Returns the destination. */
  public String destination() {
    return destination;
  }

  /** Returns the transformed subject; empty when the source pattern does not match. */
  public Optional<String> apply(String subject) {
    if (identity) {
      return Optional.of(subject);
    }
    if (!Subjects.isValidLiteral(subject) || !Subjects.matches(subject, source)) {
      return Optional.empty();
    }
    return Optional.of(transform(subject));
  }

  /**
   * Transforms a subject that is known to match the source pattern; it may have wildcards itself.
   */
  public String transform(String subject) {
    if (identity) {
      return subject;
    }
    List<String> tokens = Subjects.tokens(subject);
    StringBuilder out = new StringBuilder(subject.length() + 16);
    for (int i = 0; i < pieces.size(); i++) {
      if (i > 0) {
        out.append('.');
      }
      pieces.get(i).append(out, tokens);
    }
    if (keepsRest) {
      for (int i = sourceTokens - 1; i < tokens.size(); i++) {
        if (out.length() > 0) {
          out.append('.');
        }
        out.append(tokens.get(i));
      }
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return source + " -> " + destination;
  }
}
