package dev.hubkit.fossil.crosslink;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Finds the targets of links in Fossil wiki and Markdown text. Source: Fossil's "Wiki Formatting
 * Rules" and "Markdown Formatting Rules" pages.
 */
final class LinkScanner {
  /** Receives the target of a link. */
  interface Target {
    void found(String target);
  }

  private LinkScanner() {}

  /**
   * Finds the next occurrence of a character or text. Called for ever later places, it looks at
   * each place of the text only once, even when there is no occurrence.
   */
  private static final class Next {
    private final String text;
    private final String wanted;
    private int at = -2;

    Next(String text, String wanted) {
      this.text = text;
      this.wanted = wanted;
    }

    /** Returns the first place from here on, -1 when there is none. */
    int from(int from) {
      if (at != -1 && at < from) {
        at = text.indexOf(wanted, from);
      }
      return at;
    }
  }

  /** {@code [target]} and {@code [target|label]}, but not within nowiki and verbatim. */
  static void scanWiki(String text, Target target) {
    Next bracket = new Next(text, "]");
    Next bar = new Next(text, "|");
    Next commentEnd = new Next(text, "-->");
    boolean wiki = true;
    String verbatim = null;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '<') {
        int length = tagLength(text, i, commentEnd);
        if (length == 0) {
          i++;
          continue;
        }
        String tag = text.substring(i + 1, i + length - 1).toLowerCase(Locale.ROOT);
        if (verbatim != null) {
          if (tag.equals("/" + verbatim)) {
            verbatim = null;
          } else {
            length = 1;
          }
        } else if (tag.equals("verbatim") || tag.startsWith("verbatim ")) {
          verbatim = tag;
        } else if (tag.equals("nowiki")) {
          wiki = false;
        } else if (tag.equals("/nowiki")) {
          wiki = true;
        }
        i += length;
      } else if (c == '[' && wiki && verbatim == null) {
        int close = bracket.from(i);
        if (close < 0) {
          i++;
          continue;
        }
        int label = bar.from(i);
        int end = label >= 0 && label < close ? label : close;
        target.found(text.substring(i + 1, end).stripTrailing());
        i = close + 1;
      } else {
        i++;
      }
    }
  }

  /** The length of the HTML tag or comment that begins at {@code at}, 0 when none does. */
  private static int tagLength(String text, int at, Next commentEnd) {
    int i = at + 1;
    if (text.startsWith("!--", i)) {
      int end = commentEnd.from(i + 3);
      return end < 0 ? 0 : end + 3 - at;
    }
    if (i < text.length() && text.charAt(i) == '/') {
      i++;
    }
    if (i >= text.length() || !isLetter(text.charAt(i))) {
      return 0;
    }
    char quote = 0;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return i + 1 - at;
      } else if (c == '<') {
        return 0;
      }
    }
    return 0;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /**
   * {@code [label](target)}, {@code [label][reference]} and {@code [target]}, but not in code. Not
   * for images.
   */
  static void scanMarkdown(String text, Target target) {
    Map<String, String> references = new HashMap<>();
    StringBuilder prose = new StringBuilder(text.length());
    boolean fenced = false;
    boolean afterBlank = true;
    for (String line : text.split("\n", -1)) {
      String trimmed = line.strip();
      boolean code = (line.startsWith("    ") || line.startsWith("\t")) && afterBlank;
      if (trimmed.startsWith("```") || trimmed.startsWith("~~~")) {
        fenced = !fenced;
        prose.append('\n');
      } else if (fenced || code) {
        prose.append('\n');
      } else if (!reference(trimmed, references)) {
        prose.append(line).append('\n');
      }
      afterBlank = trimmed.isEmpty() || code;
    }
    scanProse(prose, references, target);
  }

  private static boolean reference(String line, Map<String, String> references) {
    int close = line.indexOf("]:");
    if (!line.startsWith("[") || close < 2 || line.charAt(1) == '^') {
      return false;
    }
    String rest = line.substring(close + 2).strip();
    int space = rest.indexOf(' ');
    String link = space < 0 ? rest : rest.substring(0, space);
    references.put(line.substring(1, close).toLowerCase(Locale.ROOT), unbracketed(link));
    return true;
  }

  private static void scanProse(CharSequence prose, Map<String, String> references, Target target) {
    String text = prose.toString();
    Next bracket = new Next(text, "]");
    Next secondBracket = new Next(text, "]");
    Next parenthesis = new Next(text, ")");
    BacktickRuns code = new BacktickRuns(text);
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\\') {
        i += 2;
      } else if (c == '`') {
        i = code.endOfCode(i);
      } else if (c == '[' && (i == 0 || text.charAt(i - 1) != '!')) {
        int close = bracket.from(i);
        if (close < 0) {
          i++;
          continue;
        }
        String label = text.substring(i + 1, close);
        char next = close + 1 < text.length() ? text.charAt(close + 1) : 0;
        i = close + 1;
        if (next == '(') {
          int end = parenthesis.from(close);
          if (end >= 0) {
            target.found(firstWord(text.substring(close + 2, end)));
            i = end + 1;
          }
          continue;
        }
        int end = next == '[' ? secondBracket.from(close + 1) : -1;
        if (end > 0) {
          String name = text.substring(close + 2, end);
          String link = references.get((name.isEmpty() ? label : name).toLowerCase(Locale.ROOT));
          if (link != null) {
            target.found(link);
          }
          i = end + 1;
        } else {
          target.found(references.getOrDefault(label.toLowerCase(Locale.ROOT), label));
        }
      } else {
        i++;
      }
    }
  }

  /** The address in the parentheses of a link, without the title that may follow it. */
  private static String firstWord(String text) {
    String inside = text.strip();
    int space = inside.indexOf(' ');
    return unbracketed(space < 0 ? inside : inside.substring(0, space));
  }

  private static String unbracketed(String link) {
    return link.startsWith("<") && link.endsWith(">") && link.length() > 1
        ? link.substring(1, link.length() - 1)
        : link;
  }
}
