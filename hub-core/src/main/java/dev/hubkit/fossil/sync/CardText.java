package dev.hubkit.fossil.sync;

/**
 * The "fossil encoding" of text inside a card or artifact: blanks and backslashes are escaped so
 * that a value is one token.
 */
final class CardText {
  private CardText() {}

  static String encode(String text) {
    int i = 0;
    while (i < text.length() && escape(text.charAt(i)) == 0) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, i);
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      char escaped = escape(c);
      if (escaped == 0) {
        out.append(c);
      } else {
        out.append('\\').append(escaped);
      }
    }
    return out.toString();
  }

  static String decode(String text) {
    int backslash = text.indexOf('\\');
    if (backslash < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length()).append(text, 0, backslash);
    for (int i = backslash; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        c = unescape(text.charAt(++i));
      }
      out.append(c);
    }
    return out.toString();
  }

  private static char escape(char c) {
    return switch (c) {
      case ' ' -> 's';
      case '\n' -> 'n';
      case '\t' -> 't';
      case '\r' -> 'r';
      case '\f' -> 'f';
      case '\u000b' -> 'v';
      case '\0' -> '0';
      case '\\' -> '\\';
      default -> 0;
    };
  }

  private static char unescape(char c) {
    return switch (c) {
      case 's' -> ' ';
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'v' -> '\u000b';
      case '0' -> '\0';
      default -> c;
    };
  }
}
