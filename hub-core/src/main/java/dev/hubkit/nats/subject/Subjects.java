package dev.hubkit.nats.subject;

import java.util.ArrayList;
import java.util.List;

/**
 * Checks and compares subjects: dot-separated tokens, of which {@code *} stands for any one token
 * and {@code >}, as the last, for one or more (ADR-6). Only a token that is nothing but the
 * wildcard character is a wildcard; {@code foo*} is a literal. All methods are thread-safe and
 * pure.
 */
public final class Subjects {
  private Subjects() {}

  /**
   * Returns whether clients can subscribe to a subject: no empty token, no white space, {@code >}
   * only at the end.
   */
  public static boolean isValid(String subject) {
    int length = subject.length();
    int start = 0;
    for (int i = 0; i <= length; i++) {
      char c = i == length ? '.' : subject.charAt(i);
      if (c == '.') {
        if (i == start) {
          return false;
        }
        if (i - start == 1 && subject.charAt(start) == '>' && i != length) {
          return false;
        }
        start = i + 1;
      } else if (isSpace(c)) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether clients can publish to a subject: it is valid and has no wildcards. */
  public static boolean isValidLiteral(String subject) {
    return isValid(subject) && isLiteral(subject);
  }

  /** Returns whether some token is empty: a dot at an end or next to another, or no text at all. */
  public static boolean hasEmptyToken(String subject) {
    int length = subject.length();
    return length == 0
        || subject.charAt(0) == '.'
        || subject.charAt(length - 1) == '.'
        || subject.contains("..");
  }

  /** Returns whether no token is a wildcard. The subject need not be valid. */
  public static boolean isLiteral(String subject) {
    int length = subject.length();
    for (int i = 0; i < length; i++) {
      char c = subject.charAt(i);
      if ((c == '*' || c == '>')
          && (i == 0 || subject.charAt(i - 1) == '.')
          && (i + 1 == length || subject.charAt(i + 1) == '.')) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether {@code pattern} matches the literal subject {@code literal}. */
  public static boolean matches(String literal, String pattern) {
    int l = 0;
    int p = 0;
    while (true) {
      int lEnd = tokenEnd(literal, l);
      int pEnd = tokenEnd(pattern, p);
      if (isToken(pattern, p, pEnd, '>') && pEnd == pattern.length()) {
        return true;
      }
      if (!isToken(pattern, p, pEnd, '*') && !sameToken(literal, l, lEnd, pattern, p, pEnd)) {
        return false;
      }
      boolean lLast = lEnd == literal.length();
      boolean pLast = pEnd == pattern.length();
      if (lLast || pLast) {
        return lLast && pLast;
      }
      l = lEnd + 1;
      p = pEnd + 1;
    }
  }

  /**
   * Returns whether every literal that {@code subject} matches is also matched by {@code superset}.
   */
  public static boolean isSubset(String subject, String superset) {
    int s = 0;
    int p = 0;
    while (true) {
      int sEnd = tokenEnd(subject, s);
      int pEnd = tokenEnd(superset, p);
      boolean sLast = sEnd == subject.length();
      boolean pLast = pEnd == superset.length();
      if (isToken(superset, p, pEnd, '>') && pLast) {
        return true;
      }
      if (isToken(subject, s, sEnd, '>') && sLast) {
        return false;
      }
      if (!isToken(superset, p, pEnd, '*')
          && (isToken(subject, s, sEnd, '*') || !sameToken(subject, s, sEnd, superset, p, pEnd))) {
        return false;
      }
      if (sLast || pLast) {
        return sLast && pLast;
      }
      s = sEnd + 1;
      p = pEnd + 1;
    }
  }

  /** Returns whether some literal is matched by both. Either may have wildcards or not. */
  public static boolean overlap(String a, String b) {
    int i = 0;
    int j = 0;
    while (true) {
      int iEnd = tokenEnd(a, i);
      int jEnd = tokenEnd(b, j);
      boolean iLast = iEnd == a.length();
      boolean jLast = jEnd == b.length();
      if ((isToken(a, i, iEnd, '>') && iLast) || (isToken(b, j, jEnd, '>') && jLast)) {
        return true;
      }
      if (!isToken(a, i, iEnd, '*')
          && !isToken(b, j, jEnd, '*')
          && !sameToken(a, i, iEnd, b, j, jEnd)) {
        return false;
      }
      if (iLast || jLast) {
        return iLast && jLast;
      }
      i = iEnd + 1;
      j = jEnd + 1;
    }
  }

  /** Returns the tokens, wildcards as they stand; an empty subject has one empty token. */
  public static List<String> tokens(String subject) {
    List<String> tokens = new ArrayList<>();
    int start = 0;
    for (int end = tokenEnd(subject, 0); ; end = tokenEnd(subject, start)) {
      tokens.add(subject.substring(start, end));
      if (end == subject.length()) {
        return tokens;
      }
      start = end + 1;
    }
  }

  /** Returns how many tokens there are, at least 1. */
  public static int tokenCount(String subject) {
    int count = 1;
    for (int i = 0; i < subject.length(); i++) {
      if (subject.charAt(i) == '.') {
        count++;
      }
    }
    return count;
  }

  /** Returns the index of the dot behind the token that starts at {@code start}, or the length. */
  static int tokenEnd(String subject, int start) {
    int dot = subject.indexOf('.', start);
    return dot < 0 ? subject.length() : dot;
  }

  private static boolean isToken(String subject, int start, int end, char wildcard) {
    return end - start == 1 && subject.charAt(start) == wildcard;
  }

  private static boolean sameToken(String a, int aStart, int aEnd, String b, int bStart, int bEnd) {
    return aEnd - aStart == bEnd - bStart && a.regionMatches(aStart, b, bStart, aEnd - aStart);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
  }
}
