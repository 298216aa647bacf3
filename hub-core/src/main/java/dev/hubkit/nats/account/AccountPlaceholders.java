package dev.hubkit.nats.account;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.NameHash;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces what stands for accounts in subjects of mappings, exports and imports, as nats-server
 * has done since 2.15: {@code {{account-hash()}}} stands for the account that the subject is
 * configured in, {@code {{account-hash-import()}}} for the one that is imported from, and in the
 * rules of a leaf node {@code {{account-hash-leaf-remote()}}} for the account at its hub.
 */
public final class AccountPlaceholders {
  private static final Pattern FUNCTION =
      Pattern.compile(
          "\\{\\{\\s*[aA]ccount-[hH]ash(?<of>-[iI]mport|-[lL]eaf-[rR]emote)?"
              + "\\s*\\((?<arguments>.*)\\)\\s*\\}\\}");

  /**
   * The accounts that functions stand for.
   *
   * @param account the account that the subject is configured in; empty for none
   * @param imported the account that is imported from; empty for none
   * @param hub the account at the hub of a leaf node; empty for none
   * @param hubComes whether a function for the account at the hub stays as it is, because it is not
   *     known yet
   */
  private record Names(String account, String imported, String hub, boolean hubComes) {}

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
    return expand(subject, new Names(account, imported == null ? "" : imported, "", false));
  }

  /**
   * Returns rules of a leaf node with the hashes of the names of accounts; those that are wrong
   * stay as they are.
   *
   * @param rules subjects, each with or without the name of a queue group behind it
   * @param account the account that the leaf node has; empty where it is not known
   * @param hub the account at the hub; empty where it is not known
   * @param comes whether it will be known later
   * @param wrong is told what is wrong with each that is
   */
  public static List<String> expandRules(
      List<String> rules, String account, String hub, boolean comes, Consumer<String> wrong) {
    Names names = new Names(account, "", hub, comes);
    return rules.stream()
        .map(
            rule -> {
              try {
                int space = rule.indexOf(' ');
                String subject = space < 0 ? rule : rule.substring(0, space);
                return expand(subject, names) + rule.substring(subject.length());
              } catch (IllegalArgumentException e) {
                wrong.accept("permission subject " + Quoted.of(rule) + ": " + e.getMessage());
                return rule;
              }
            })
        .toList();
  }

  private static String expand(String subject, Names names) {
    if (!subject.contains("{{")) {
      return subject;
    }
    List<String> tokens = Subjects.tokens(subject);
    tokens.replaceAll(token -> replace(token, names));
    return String.join(".", tokens);
  }

  private static String replace(String token, Names names) {
    Matcher function = FUNCTION.matcher(token);
    if (!token.startsWith("{{") || !function.matches()) {
      return token;
    }
    if (!function.group("arguments").isBlank()) {
      throw invalid(token, "too many arguments passed to the function");
    }
    String of = function.group("of");
    boolean ofHub = of != null && of.length() > "-import".length();
    String name = of == null ? names.account() : ofHub ? names.hub() : names.imported();
    if (name.isEmpty() && ofHub && names.hubComes()) {
      return token;
    }
    if (name.isEmpty()) {
      throw invalid(token, "function is not available in this context");
    }
    return NameHash.of(name);
  }

  private static IllegalArgumentException invalid(String token, String why) {
    return new IllegalArgumentException("invalid mapping destination: " + why + " in " + token);
  }
}
