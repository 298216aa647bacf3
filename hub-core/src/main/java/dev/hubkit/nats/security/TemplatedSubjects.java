package dev.hubkit.nats.security;

import dev.hubkit.nats.credential.AccountClaims;
import dev.hubkit.nats.credential.UserClaims;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills in the subjects of a scoped signing key's template: {@code {{name()}}}, {@code
 * {{subject()}}}, {@code {{tag(x)}}} and the same of the account. A tag with several values makes a
 * subject for each.
 */
final class TemplatedSubjects {
  private static final Pattern FUNCTION =
      Pattern.compile("\\{\\{\\s*([a-z-]+)\\(\\s*([^)]*?)\\s*\\)\\s*}}", Pattern.CASE_INSENSITIVE);

  private final UserClaims user;
  private final AccountClaims account;

  TemplatedSubjects(UserClaims user, AccountClaims account) {
    this.user = user;
    this.account = account;
  }

  /** Null stays null; entries for which there is no value are left out when {@code lenient}. */
  @Nullable List<String> fill(@Nullable List<String> subjects, boolean lenient) {
    if (subjects == null) {
      return null;
    }
    List<String> filled = new ArrayList<>();
    for (String subject : subjects) {
      List<String> values = fill(subject);
      if (values.isEmpty() && !lenient) {
        // What cannot be denied by name is denied altogether.
        throw new IllegalArgumentException("no value for " + subject);
      }
      filled.addAll(values);
    }
    return filled;
  }

  private List<String> fill(String subject) {
    Matcher matcher = FUNCTION.matcher(subject);
    if (!matcher.find()) {
      return List.of(subject);
    }
    List<String> filled = new ArrayList<>();
    for (String value : values(matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2))) {
      String next =
          subject.substring(0, matcher.start()) + value + subject.substring(matcher.end());
      filled.addAll(fill(next));
    }
    return filled;
  }

  private List<String> values(String function, String argument) {
    return switch (function) {
      case "name" -> one(user.jwt().name());
      case "subject" -> one(user.jwt().subject());
      case "account-name" -> one(account.jwt().name());
      case "account-subject" -> one(account.jwt().subject());
      case "tag" -> tagged(user.tags(), argument);
      case "account-tag" -> tagged(account.tags(), argument);
      default -> List.of();
    };
  }

  private static List<String> one(String value) {
    return isToken(value) ? List.of(value) : List.of();
  }

  private static List<String> tagged(List<String> tags, String name) {
    List<String> values = new ArrayList<>();
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    for (String tag : tags) {
      if (tag.startsWith(prefix) && isToken(tag.substring(prefix.length()))) {
        values.add(tag.substring(prefix.length()));
      }
    }
    return values;
  }

  // A value must not widen the subject.
  private static boolean isToken(String value) {
    return !value.isEmpty()
        && value
            .chars()
            .noneMatch(c -> c == '*' || c == '>' || c == '{' || Character.isWhitespace(c));
  }
}
