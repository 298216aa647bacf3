package dev.hubkit.nats.account;

import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.NameHash;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces what stands for accounts in subjects of mappings, exports and imports, as nats-server
 * has done since 2.15: {@code {{account-hash()}}} stands for the account that the subject is
 * configured in, {@code {{account-hash-import()}}} for the one that is imported from.
 */
public final class AccountPlaceholders {
  private static final Pattern FUNCTION =
      Pattern.compile(
          "\\{\\{\\s*[aA]ccount-[hH]ash(?<of>-[iI]mport|-[lL]eaf-[rR]emote)?"
              + "\\s*\\((?<arguments>.*)\\)\\s*\\}\\}");

  private AccountPlaceholders() {}

  /**
   * Returns the subject with the hashes of the names of accounts.
   *
   * @param account the account that the subject is configured in
   * @param imported the account that is imported from; null where nothing is imported
   * @throws IllegalArgumentException if a function has arguments, or stands for an account that
   *     there is none of
   */
  public static String expand(String subject, String account, @Nullable String imported) {
    if (!subject.contains("{{")) {
      return subject;
    }
    List<String> tokens = Subjects.tokens(subject);
    tokens.replaceAll(token -> replace(token, account, imported));
    return String.join(".", tokens);
  }

  private static String replace(String token, String account, @Nullable String imported) {
    Matcher function = FUNCTION.matcher(token);
    if (!token.startsWith("{{") || !function.matches()) {
      return token;
    }
    if (!function.group("arguments").isBlank()) {
      throw invalid(token, "too many arguments passed to the function");
    }
    String of = function.group("of");
    String name = of == null ? account : of.length() == "-import".length() ? imported : null;
    if (name == null) {
      throw invalid(token, "function is not available in this context");
    }
    return NameHash.of(name);
  }

  private static IllegalArgumentException invalid(String token, String why) {
    return new IllegalArgumentException("invalid mapping destination: " + why + " in " + token);
  }
}
