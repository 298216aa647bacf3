package dev.hubkit.text;

import java.util.Locale;

/**
 * A URL as {@code net/url} of Go parses it, as far as the project needs its parts.
 *
 * @param scheme in lower case; empty if there is none
 * @param hostname without brackets and port; empty if there is none
 */
public record GoUrl(String scheme, String hostname) {
  private static final int ASCII = 0x80;
  // What a host may have beside letters, digits and what is not ASCII.
  private static final String HOST = "-_.~!$&'()*+,;=:[]<>\"";

  /**
   * Parses as {@code url.Parse} does.
   *
   * @throws IllegalArgumentException in the words of Go
   */
  public static GoUrl parse(String text) {
    int hash = text.indexOf('#');
    String url = hash < 0 ? text : text.substring(0, hash);
    try {
      GoUrl parsed = withoutFragment(url);
      if (hash >= 0) {
        checkEscapes(text.substring(hash + 1));
      }
      return parsed;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("parse " + GoQuote.quote(url) + ": " + e.getMessage(), e);
    }
  }

  private static GoUrl withoutFragment(String url) {
    if (url.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      throw new IllegalArgumentException("net/url: invalid control character in URL");
    }
    int colon = schemeEnd(url);
    String scheme = colon < 0 ? "" : url.substring(0, colon).toLowerCase(Locale.ROOT);
    String rest = url.substring(colon + 1).split("\\?", 2)[0];
    if (!rest.startsWith("/")) {
      if (scheme.isEmpty() && rest.split("/", 2)[0].contains(":")) {
        throw new IllegalArgumentException("first path segment in URL cannot contain colon");
      }
      if (scheme.isEmpty()) {
        checkEscapes(rest);
      }
      return new GoUrl(scheme, "");
    }
    if (!rest.startsWith("//") || (scheme.isEmpty() && rest.startsWith("///"))) {
      checkEscapes(rest);
      return new GoUrl(scheme, "");
    }
    int slash = rest.indexOf('/', 2);
    String host = host(scheme, rest.substring(2, slash < 0 ? rest.length() : slash));
    checkEscapes(slash < 0 ? "" : rest.substring(slash));
    return new GoUrl(scheme, host);
  }

  /** Returns where the colon after the scheme is; -1 if there is no scheme. */
  private static int schemeEnd(String url) {
    for (int i = 0; i < url.length(); i++) {
      char c = url.charAt(i);
      if (c == ':') {
        if (i == 0) {
          throw new IllegalArgumentException("missing protocol scheme");
        }
        return i;
      }
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && (i == 0 || (!GoNumber.isDigit(c) && "+-.".indexOf(c) < 0))) {
        return -1;
      }
    }
    return -1;
  }

  private static String host(String scheme, String authority) {
    int at = authority.lastIndexOf('@');
    String host = authority.substring(at + 1);
    int bracket = host.lastIndexOf('[');
    int end = host.length();
    if (bracket > 0) {
      throw new IllegalArgumentException("invalid IP-literal");
    }
    if (bracket == 0) {
      end = host.lastIndexOf(']') + 1;
      if (end == 0) {
        throw new IllegalArgumentException("missing ']' in host");
      }
    } else if (host.indexOf(':') >= 0) {
      end = scheme.startsWith("http") ? host.indexOf(':') : host.lastIndexOf(':');
    }
    checkPort(host.substring(end));
    String name = bracket == 0 ? host.substring(1, end - 1) : host.substring(0, end);
    checkHost(name);
    checkUser(authority.substring(0, Math.max(0, at)));
    return name;
  }

  private static void checkPort(String port) {
    if (!port.isEmpty()
        && (port.charAt(0) != ':' || (port.length() > 1 && !GoNumber.areDigits(port, 1)))) {
      throw new IllegalArgumentException("invalid port " + GoQuote.quote(port) + " after host");
    }
  }

  private static void checkUser(String user) {
    boolean valid =
        user.chars().allMatch(c -> isLetterOrDigit(c) || "-._:~!$&'()*+,;=%@".indexOf(c) >= 0);
    if (!valid) {
      throw new IllegalArgumentException("net/url: invalid userinfo");
    }
    checkEscapes(user);
  }

  private static void checkHost(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c == '%') {
        int value = escape(host, i);
        if (value < ASCII) {
          throw invalidEscape(host, i); // only what is not ASCII may be escaped
        }
        i += 2;
      } else if (c < ASCII && !isLetterOrDigit(c) && HOST.indexOf(c) < 0) {
        throw new IllegalArgumentException(
            "invalid character " + GoQuote.quote(String.valueOf(c)) + " in host name");
      }
    }
  }

  private static boolean isLetterOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || GoNumber.isDigit(c);
  }

  private static void checkEscapes(String text) {
    for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
      escape(text, i);
    }
  }

  private static int escape(String text, int at) {
    int high = digit(text, at + 1);
    int low = digit(text, at + 2);
    if (high < 0 || low < 0) {
      throw invalidEscape(text, at);
    }
    return high << 4 | low;
  }

  private static int digit(String text, int at) {
    char c = at < text.length() ? text.charAt(at) : 0;
    return c < ASCII ? Character.digit(c, 16) : -1;
  }

  private static IllegalArgumentException invalidEscape(String text, int at) {
    String escape = text.substring(at, Math.min(text.length(), at + 3));
    return new IllegalArgumentException("invalid URL escape " + GoQuote.quote(escape));
  }
}
