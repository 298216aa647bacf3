package dev.hubkit.nats.subject;

import dev.hubkit.nats.release.Compatibility;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Checks the destinations of mappings and transforms that a configuration names: ValidateMapping of
 * nats-server ({@code server/sublist.go}), which knows fewer functions in some releases than those
 * that {@link SubjectTransform} has.
 */
public final class MappingDestination {
  private static final Pattern SINCE_2_15 =
      Pattern.compile("\\{\\{\\s*([lL]eft|[rR]ight)\\s*\\(.*\\)\\s*\\}\\}");
  private static final Pattern OF_ACCOUNTS =
      Pattern.compile(
          "\\{\\{\\s*[aA]ccount-[hH]ash(-[iI]mport|-[lL]eaf-[rR]emote)?\\s*\\(.*\\)\\s*\\}\\}");
  private static final String INVALID = "invalid mapping destination: ";

  private MappingDestination() {}

  /**
   * Checks that a destination is well-formed and goes with its source. An empty one means no
   * change.
   *
   * @throws IllegalArgumentException in nats-server's words, if it is not
   */
  public static void check(String source, String destination, Compatibility compatibility) {
    if (destination.isEmpty()) {
      return;
    }
    checkTokens(Subjects.tokens(destination), compatibility);
    SubjectTransform.of(source, destination);
  }

  private static void checkTokens(List<String> tokens, Compatibility compatibility) {
    for (int i = 0; i < tokens.size(); i++) {
      String token = tokens.get(i);
      if (token.isEmpty() || (i > 0 && tokens.get(i - 1).equals(">"))) {
        throw new IllegalArgumentException(
            INVALID + "invalid transform" + (token.isEmpty() ? "" : " in " + token));
      }
      boolean function = token.length() > 4 && token.startsWith("{{") && token.endsWith("}}");
      if (function) {
        checkFunction(token, compatibility);
      } else if (token.chars().anyMatch(c -> "\t\n\f\r ".indexOf(c) >= 0)) {
        throw new IllegalArgumentException(INVALID + "invalid transform");
      }
    }
  }

  private static void checkFunction(String token, Compatibility compatibility) {
    if (compatibility.atLeast(Compatibility.V2_15)) {
      // They are replaced before, where they can be.
      if (OF_ACCOUNTS.matcher(token).find()) {
        throw new IllegalArgumentException(
            INVALID + "function is not available in this context in " + token);
      }
    } else if (SINCE_2_15.matcher(token).find()) {
      throw new IllegalArgumentException(INVALID + "unknown function in " + token);
    }
  }
}
