package dev.hubkit.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** The target of a request (RFC 9112, 3.2). */
final class RequestTarget {
  private static final String MARKS = "-._~:/?[]@!$&'()*+,;=%";
  private static final String HEX = "0123456789ABCDEFabcdef";

  private RequestTarget() {}

  /**
   * Reads a target. As Go does, it accepts characters that should have been escaped, and malformed
   * escapes in a query.
   */
  static URI parse(String target) throws BadRequestException {
    boolean star = target.equals("*");
    String lower = target.toLowerCase(Locale.ROOT);
    boolean absolute = lower.startsWith("http://") || lower.startsWith("https://");
    if (!star && !absolute && !target.startsWith("/")) {
      throw BadRequestException.malformed();
    }
    try {
      // "//name" has a host to java.net.URI, but in a request it is a path.
      URI uri =
          new URI(absolute || star ? escaped(target) : escaped(target).replaceAll("^/+", "/"));
      return uri.getRawPath() == null || uri.getRawPath().isEmpty()
          ? new URI(escaped(target) + "/")
          : uri;
    } catch (URISyntaxException e) {
      throw BadRequestException.malformed();
    }
  }

  private static String escaped(String target) throws BadRequestException {
    StringBuilder escaped = null;
    int query = target.indexOf('?');
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c < ' ' || c == 0x7f) {
        throw BadRequestException.malformed();
      }
      boolean legal = isLegal(c);
      if (c == '%' && !isEscape(target, i)) {
        if (query < 0 || i < query) {
          throw BadRequestException.malformed();
        }
        legal = false;
      }
      if (!legal && escaped == null) {
        escaped = new StringBuilder(target.length() + 16).append(target, 0, i);
      }
      if (escaped != null) {
        if (legal) {
          escaped.append(c);
        } else {
          escaped.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
        }
      }
    }
    return escaped == null ? target : escaped.toString();
  }

  private static boolean isLegal(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || MARKS.indexOf(c) >= 0;
  }

  private static boolean isEscape(String text, int at) {
    return at + 2 < text.length()
        && HEX.indexOf(text.charAt(at + 1)) >= 0
        && HEX.indexOf(text.charAt(at + 2)) >= 0;
  }
}
