package dev.hubkit.nats.credential;

import dev.hubkit.text.GoNumber;
import dev.hubkit.text.GoQuote;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * The rules that the JWT library of NATS has for subjects in claims ({@code types.go}), which are
 * other than those of the server: it knows no white space but blanks, for instance.
 */
final class ClaimedSubjects {
  private ClaimedSubjects() {}

  /** {@code Subject.Validate}. */
  static void check(String subject, ClaimIssues issues) {
    if (subject.isEmpty()) {
      issues.error("subject cannot be empty");
      return;
    }
    if (subject.contains(" ")) {
      issues.error("subject " + GoQuote.quote(subject) + " cannot have spaces");
    }
    if (subject.startsWith(".") || subject.endsWith(".")) {
      issues.error("subject " + GoQuote.quote(subject) + " cannot start or end with a `.`");
    }
    if (subject.contains("..")) {
      issues.error("subject " + GoQuote.quote(subject) + " cannot contain consecutive `.`");
    }
  }

  /** {@code RenamingSubject.Validate}: the local subject of an import. */
  static void checkRenaming(String subject, String from, ClaimIssues issues) {
    check(subject, issues);
    if (from.isEmpty()) {
      issues.error("subject cannot be empty");
    }
    if (subject.contains(" ")) {
      issues.error("subject " + GoQuote.quote(subject) + " cannot have spaces");
    }
    if (endsOpen(subject) != endsOpen(from)) {
      issues.error("both, renaming subject and subject, need to end or not end in >");
    }
    long stars = tokens(from).stream().filter("*"::equals).count();
    long references = 0;
    for (String token : tokens(subject)) {
      OptionalLong reference = reference(token);
      if (token.equals("*")) {
        references++;
      } else if (reference.isPresent() && reference.getAsLong() > stars) {
        issues.error(
            "Reference $"
                + reference.getAsLong()
                + " in "
                + GoQuote.quote(subject)
                + " reference * in "
                + GoQuote.quote(from)
                + " that do not exist");
      } else if (reference.isPresent()) {
        references++;
      }
    }
    if (references != stars) {
      issues.error("subject does not contain enough * or reference wildcards $[0-9]");
    }
  }

  private static OptionalLong reference(String token) {
    return token.length() > 1 && token.startsWith("$")
        ? GoNumber.integer(token.substring(1))
        : OptionalLong.empty();
  }

  /** Returns a local subject with {@code *} in place of each reference to a wildcard. */
  static String withoutReferences(String subject) {
    List<String> tokens = tokens(subject);
    tokens.replaceAll(token -> reference(token).isPresent() ? "*" : token);
    return String.join(".", tokens);
  }

  private static boolean endsOpen(String subject) {
    return subject.equals(">") || subject.endsWith(".>");
  }

  /** {@code HasWildCards}, which finds a {@code >} at the end only. */
  static boolean hasWildcards(String subject) {
    return endsOpen(subject) || tokens(subject).contains("*");
  }

  /** {@code IsContainedIn}. */
  static boolean isContained(String subject, String other) {
    List<String> own = tokens(subject);
    List<String> others = tokens(other);
    int last = others.size() - 1;
    if (own.size() < others.size()
        || (own.size() > others.size() && !others.get(last).equals(">"))) {
      return false;
    }
    for (int i = 0; i <= last; i++) {
      String token = others.get(i);
      if (i == last && token.equals(">")) {
        return true;
      }
      if (!token.equals("*") && !token.equals(own.get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Checks a subject of a permission.
   *
   * @param withQueue whether the name of a queue may follow it
   */
  static void checkPermission(String subject, boolean withQueue, ClaimIssues issues) {
    String[] parts = subject.split(" ", -1);
    if (parts.length > 2) {
      issues.error("Permission Subject \"" + subject + "\" contains too many spaces");
      return;
    }
    for (String part : parts) {
      check(part, issues);
    }
    if (parts.length == 2 && !withQueue) {
      issues.error("Permission Subject \"" + subject + "\" is not allowed to contain queue");
    }
  }

  static List<String> tokens(String subject) {
    return Arrays.asList(subject.split("\\.", -1));
  }
}
