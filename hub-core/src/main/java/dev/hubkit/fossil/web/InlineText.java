package dev.hubkit.fossil.web;

/**
 * Shows the text of a paragraph of Markdown: code, emphasis, links and line breaks. Pictures become
 * links, since pages show nothing from elsewhere. It scans the text from beginning to end, and
 * looks for the counterpart of a sign no further than to the next sign of its kind, so the time is
 * proportional to the length of any text. Not thread-safe.
 */
final class InlineText {
  private static final int LEAST_HASH = 6;
  private static final int MOST_HASH = 64;

  private static final String[][] ENTITIES = {
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&amp;", "&"},
    {"&quot;", "\""},
    {"&#39;", "'"},
    {"&nbsp;", "\u00a0"}
  };

  private final String text;
  private final Html html;

  /** The end of the text that has been shown. */
  private int done;

  /** The place that {@link #endOfTarget} found last. */
  private int targetEnd = -1;

  private InlineText(String text, Html html) {
    this.text = text;
    this.html = html;
  }

  static void render(String text, Html html) {
    new InlineText(text, html).show(0, text.length());
  }

  private void show(int from, int to) {
    done = from;
    int i = from;
    while (i < to) {
      int end =
          switch (text.charAt(i)) {
            case '`' -> code(i, to);
            case '*', '_' -> emphasis(i, to);
            case '[' -> link(i, i, to);
            case '!' -> i + 1 < to && text.charAt(i + 1) == '[' ? link(i, i + 1, to) : i;
            case '\\' -> escaped(i, to);
            case '&' -> entity(i, to);
            case '\n' -> lineBreak(i);
            case 'h' -> address(i, to);
            default -> i;
          };
      i = Math.max(end, i + 1);
    }
    showTextUpTo(to);
  }

  private void showTextUpTo(int end) {
    if (end > done) {
      html.text(text.substring(done, end));
    }
    done = end;
  }

  /** A backslash makes the next sign ordinary text. */
  private int escaped(int at, int to) {
    if (at + 1 == to || !isSign(text.charAt(at + 1))) {
      return at;
    }
    showTextUpTo(at);
    done = at + 1;
    return at + 2;
  }

  private static boolean isSign(char c) {
    return c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
  }

  private static String withoutEscapes(String escaped) {
    if (escaped.indexOf('\\') < 0) {
      return escaped;
    }
    StringBuilder plain = new StringBuilder(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '\\' && i + 1 < escaped.length() && isSign(escaped.charAt(i + 1))) {
        c = escaped.charAt(++i);
      }
      plain.append(c);
    }
    return plain.toString();
  }

  private int entity(int at, int to) {
    for (String[] entity : ENTITIES) {
      int end = at + entity[0].length();
      if (end <= to && text.startsWith(entity[0], at)) {
        showTextUpTo(at);
        html.text(entity[1]);
        done = end;
        return end;
      }
    }
    return at;
  }

  /** Two spaces at the end of a line break it. */
  private int lineBreak(int at) {
    if (at < 2
        || text.charAt(at - 1) != ' '
        || text.charAt(at - 2) != ' '
        || at + 1 == text.length()) {
      return at;
    }
    showTextUpTo(at);
    html.empty("br");
    return at;
  }

  /** Returns the end of the code that begins here; the place itself when none begins, as below. */
  private int code(int at, int to) {
    int end = next('`', at + 1, to);
    if (end == to || end == at + 1) {
      return at;
    }
    showTextUpTo(at);
    html.element("code", text.substring(at + 1, end));
    done = end + 1;
    return done;
  }

  private int emphasis(int at, int to) {
    char sign = text.charAt(at);
    if (at + 1 == to) {
      return at;
    }
    boolean isStrong = text.charAt(at + 1) == sign;
    int start = isStrong ? at + 2 : at + 1;
    if (!isStrong && !mayBegin(sign, at)) {
      return at;
    }
    int end = nextUnescaped(sign, start, to);
    int after = isStrong ? end + 2 : end + 1;
    if (end == start || after > to) {
      return at;
    }
    if (isStrong ? text.charAt(end + 1) != sign : sign == '_' && after < to && isWord(after)) {
      return at;
    }
    showTextUpTo(at);
    html.open(isStrong ? "strong" : "em");
    // The inside has no sign of this kind, so this recurses at most two levels.
    show(start, end);
    html.close();
    done = after;
    return after;
  }

  /** Underscores also occur in names, and stars in products. */
  private boolean mayBegin(char sign, int at) {
    return sign == '_' ? at == 0 || !isWord(at - 1) : !Character.isWhitespace(text.charAt(at + 1));
  }

  private boolean isWord(int at) {
    return text.charAt(at) == '_' || Character.isLetterOrDigit(text.charAt(at));
  }

  /**
   * {@code [label](target)}, {@code [target]} and {@code [target|label]}; shows one that begins at
   * a place.
   */
  private int link(int shown, int at, int to) {
    int end = at + 1;
    while (end < to && "[]|".indexOf(text.charAt(end)) < 0) {
      end++;
    }
    if (end == to || end == at + 1 || text.charAt(end) == '[') {
      return at;
    }
    String first = text.substring(at + 1, end);
    if (text.charAt(end) == '|') {
      int start = end + 1;
      for (end = start; end < to && "[]".indexOf(text.charAt(end)) < 0; ) {
        end++;
      }
      if (end == to || text.charAt(end) == '[') {
        return at;
      }
      String label = text.substring(start, end);
      return showLink(
          shown, end + 1, first.strip(), label.isBlank() ? first.strip() : label.strip());
    }
    if (end + 1 < to && text.charAt(end + 1) == '(') {
      int close = endOfTarget(end + 2);
      if (close < to && close > end + 2 && text.charAt(close) == ')') {
        return showLink(shown, close + 1, text.substring(end + 2, close), first);
      }
    }
    return showLink(shown, end + 1, first.strip(), first.strip());
  }

  /**
   * Returns the first parenthesis or space from here on. Has to be called for ever later places.
   */
  private int endOfTarget(int from) {
    if (targetEnd < from) {
      targetEnd = from;
      while (targetEnd < text.length()
          && text.charAt(targetEnd) != ')'
          && !Character.isWhitespace(text.charAt(targetEnd))) {
        targetEnd++;
      }
    }
    return targetEnd;
  }

  /** Shows the link, or the source text where a link is not allowed. */
  private int showLink(int at, int end, String writtenTarget, String writtenLabel) {
    String target = withoutEscapes(writtenTarget);
    String label = withoutEscapes(writtenLabel);
    String href;
    boolean isForeign = hasSchemeToFollow(target);
    if (isForeign) {
      href = target;
    } else if (isHash(target)) {
      href = "/info/" + target;
    } else if (target.startsWith("/") && !target.startsWith("//")) {
      href = target;
    } else if (target.startsWith("wiki:")) {
      href = Links.wiki(target.substring(5));
    } else if (target.indexOf(':') < 0 && target.indexOf('/') < 0 && !target.startsWith("#")) {
      href = Links.wiki(target);
    } else {
      return end;
    }
    showTextUpTo(at);
    if (isForeign) {
      html.link(href, label, "rel", "nofollow noreferrer");
    } else {
      html.link(href, label);
    }
    done = end;
    return end;
  }

  private static boolean hasSchemeToFollow(String target) {
    for (String scheme : new String[] {"http://", "https://", "mailto:"}) {
      if (target.regionMatches(true, 0, scheme, 0, scheme.length())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isHash(String target) {
    return target.length() >= LEAST_HASH
        && target.length() <= MOST_HASH
        && target.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /** Shows an address that stands in the text. */
  private int address(int at, int to) {
    int start =
        text.startsWith("http://", at) ? at + 7 : text.startsWith("https://", at) ? at + 8 : to;
    int end = start;
    while (end < to && !endsAddress(text.charAt(end))) {
      end++;
    }
    if (end <= start) {
      return at;
    }
    showTextUpTo(at);
    String address = text.substring(at, end);
    html.link(address, address, "rel", "nofollow noreferrer");
    done = end;
    return end;
  }

  private static boolean endsAddress(char c) {
    return "<>\"')]".indexOf(c) >= 0 || Character.isWhitespace(c);
  }

  private int next(char sign, int from, int to) {
    int i = from;
    while (i < to && text.charAt(i) != sign) {
      i++;
    }
    return i;
  }

  private int nextUnescaped(char sign, int from, int to) {
    int i = from;
    while (i < to && text.charAt(i) != sign) {
      i += text.charAt(i) == '\\' && i + 1 < to ? 2 : 1;
    }
    return i;
  }
}
