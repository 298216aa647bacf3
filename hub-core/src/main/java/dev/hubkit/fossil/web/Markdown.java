package dev.hubkit.fossil.web;

import java.util.ArrayList;
import java.util.List;

/**
 * Shows the blocks of Markdown: headings, paragraphs, lists, quotes, tables, code and rules. It
 * looks at each line once for each kind of block, on each of a few levels, so the time is
 * proportional to the length of any text. Not thread-safe.
 */
final class Markdown {
  /** Deeper blocks are shown as they were written. */
  private static final int DEEPEST = 5;

  private final Html html;

  private Markdown(Html html) {
    this.html = html;
  }

  static void render(String text, Html html) {
    new Markdown(html).blocks(text.lines().toList(), 0, false);
  }

  /**
   * Shows blocks.
   *
   * @param isTight whether paragraphs get no element of their own, as in short list items
   */
  private void blocks(List<String> lines, int depth, boolean isTight) {
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i);
      if (line.isBlank()) {
        i++;
      } else if (headingLevel(line) > 0) {
        i = heading(lines, i);
      } else if (fenceLength(line) > 0) {
        i = fence(lines, i);
      } else if (isRule(line)) {
        html.empty("hr");
        i++;
      } else if (depth < DEEPEST && isQuote(line)) {
        i = quote(lines, i, depth);
      } else if (depth < DEEPEST && itemText(line) > 0) {
        i = items(lines, i, depth);
      } else if (beginsTable(lines, i)) {
        i = table(lines, i);
      } else if (isIndented(line)) {
        i = indented(lines, i);
      } else {
        i = paragraph(lines, i, depth, isTight);
      }
    }
  }

  private static boolean beginsBlock(List<String> lines, int at, int depth) {
    String line = lines.get(at);
    return headingLevel(line) > 0
        || fenceLength(line) > 0
        || isRule(line)
        || (depth < DEEPEST && (isQuote(line) || itemText(line) > 0))
        || beginsTable(lines, at);
  }

  private static boolean isSpace(String line, int at) {
    return at < line.length() && Character.isWhitespace(line.charAt(at));
  }

  private static int indent(String line) {
    int i = 0;
    while (isSpace(line, i)) {
      i++;
    }
    return i;
  }

  // ---- headings, rules and paragraphs

  /** Returns how many signs the line begins with before a space; 0 when it is not a heading. */
  private static int headingLevel(String line) {
    int level = 0;
    while (level < line.length() && level <= 6 && line.charAt(level) == '#') {
      level++;
    }
    return level <= 6 && isSpace(line, level) ? level : 0;
  }

  private int heading(List<String> lines, int at) {
    String line = lines.get(at);
    int level = headingLevel(line);
    int end = line.length();
    while (end > level && line.charAt(end - 1) == '#') {
      end--;
    }
    heading(level, line.substring(level, end));
    return at + 1;
  }

  /** The page already has a heading, so these are one level below. */
  private void heading(int level, String text) {
    html.open("h" + Math.min(6, level + 1));
    InlineText.render(text.strip(), html);
    html.close();
  }

  private static boolean isRule(String line) {
    int start = indent(line);
    if (start == line.length() || "-*_".indexOf(line.charAt(start)) < 0) {
      return false;
    }
    return count(line, line.charAt(start)) >= 3;
  }

  /**
   * Returns how often the sign occurs in a line that otherwise has only spaces; 0 for other lines.
   */
  private static int count(String line, char sign) {
    int count = 0;
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == sign) {
        count++;
      } else if (!Character.isWhitespace(line.charAt(i))) {
        return 0;
      }
    }
    return count;
  }

  private int paragraph(List<String> lines, int from, int depth, boolean isTight) {
    StringBuilder text = new StringBuilder();
    int i = from;
    while (i < lines.size() && !lines.get(i).isBlank()) {
      String line = lines.get(i);
      if (i > from) {
        int level = count(line, '=') > 1 ? 1 : count(line, '-') > 1 ? 2 : 0;
        if (level > 0 && !isSpace(line, 0)) {
          heading(level, text.toString());
          return i + 1;
        }
        if (beginsBlock(lines, i, depth)) {
          break;
        }
      }
      text.append(line).append('\n');
      i++;
    }
    if (!isTight) {
      html.open("p");
    }
    InlineText.render(text.toString(), html);
    if (!isTight) {
      html.close();
    }
    return i;
  }

  // ---- code

  /** Returns the length of the fence that the line begins with; 0 when there is none. */
  private static int fenceLength(String line) {
    int end = 0;
    while (end < line.length()
        && line.charAt(end) == line.charAt(0)
        && "`~".indexOf(line.charAt(0)) >= 0) {
      end++;
    }
    return end >= 3 ? end : 0;
  }

  private int fence(List<String> lines, int from) {
    String first = lines.get(from);
    html.open("pre").open("code");
    int i = from + 1;
    while (i < lines.size()) {
      String line = lines.get(i++);
      if (fenceLength(line) >= fenceLength(first) && line.charAt(0) == first.charAt(0)) {
        break;
      }
      html.text(line).text("\n");
    }
    html.close().close();
    return i;
  }

  private static boolean isIndented(String line) {
    return line.startsWith("    ") || line.startsWith("\t");
  }

  private int indented(List<String> lines, int from) {
    html.open("pre").open("code");
    int i = from;
    while (i < lines.size() && isIndented(lines.get(i))) {
      html.text(lines.get(i).substring(lines.get(i).startsWith("\t") ? 1 : 4)).text("\n");
      i++;
    }
    html.close().close();
    return i;
  }

  // ---- quotes

  private static boolean isQuote(String line) {
    int start = indent(line);
    return start < 4 && start < line.length() && line.charAt(start) == '>';
  }

  private int quote(List<String> lines, int from, int depth) {
    List<String> quoted = new ArrayList<>();
    int i = from;
    while (i < lines.size() && isQuote(lines.get(i))) {
      String line = lines.get(i++);
      int start = indent(line) + 1;
      quoted.add(line.substring(isSpace(line, start) ? start + 1 : start));
    }
    html.open("blockquote");
    blocks(quoted, depth + 1, false);
    html.close();
    return i;
  }

  // ---- lists

  /** Returns where the text of a list item begins; 0 when the line is not one. */
  private static int itemText(String line) {
    int i = 0;
    while (i < 3 && isSpace(line, i)) {
      i++;
    }
    int digits = i;
    while (i < line.length() && line.charAt(i) >= '0' && line.charAt(i) <= '9') {
      i++;
    }
    if (i == line.length() || (i > digits ? "." : "-*+").indexOf(line.charAt(i)) < 0) {
      return 0;
    }
    int text = ++i;
    while (isSpace(line, text)) {
      text++;
    }
    return text > i ? text : 0;
  }

  private static boolean isNumbered(String line) {
    return Character.isDigit(line.charAt(indent(line)));
  }

  private int items(List<String> lines, int from, int depth) {
    String first = lines.get(from);
    int nested = indent(first) + 2;
    html.open(isNumbered(first) ? "ol" : "ul");
    int i = from;
    while (i < lines.size() && isItemOf(first, lines.get(i))) {
      i = item(lines, i, nested, depth);
      int next = afterBlank(lines, i);
      if (next < lines.size() && isItemOf(first, lines.get(next))) {
        i = next;
      }
    }
    html.close();
    return i;
  }

  private static boolean isItemOf(String first, String line) {
    return itemText(line) > 0
        && !isRule(line)
        && indent(line) < indent(first) + 2
        && isNumbered(line) == isNumbered(first);
  }

  private int item(List<String> lines, int from, int nested, int depth) {
    String first = lines.get(from);
    int text = itemText(first);
    List<String> body = new ArrayList<>();
    body.add(first.substring(text));
    boolean isTight = true;
    int i = from + 1;
    while (i < lines.size()) {
      String line = lines.get(i);
      int next = afterBlank(lines, i);
      if (next > i) {
        if (next == lines.size() || indent(lines.get(next)) < nested) {
          break;
        }
        isTight = false;
        body.add("");
        i = next;
      } else if (indent(line) >= nested) {
        body.add(line.substring(Math.min(indent(line), text)));
        i++;
      } else if (beginsBlock(lines, i, depth)) {
        break;
      } else {
        body.add(line);
        i++;
      }
    }
    html.open("li");
    blocks(body, depth + 1, isTight);
    html.close();
    return i;
  }

  private static int afterBlank(List<String> lines, int from) {
    int i = from;
    while (i < lines.size() && lines.get(i).isBlank()) {
      i++;
    }
    return i;
  }

  // ---- tables

  /**
   * Returns whether a table begins: a row of names and then one of dashes, or only the dashes for a
   * table without names.
   */
  private static boolean beginsTable(List<String> lines, int at) {
    return isDelimiter(lines.get(at))
        || (lines.get(at).indexOf('|') >= 0
            && at + 1 < lines.size()
            && isDelimiter(lines.get(at + 1)));
  }

  private static boolean isDelimiter(String line) {
    boolean hasDash = false;
    boolean hasBar = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      hasDash |= c == '-';
      hasBar |= c == '|';
      if ("-|: \t".indexOf(c) < 0) {
        return false;
      }
    }
    return hasDash && hasBar;
  }

  private int table(List<String> lines, int from) {
    html.open("div", "class", "scroll", "tabindex", "0").open("table", "class", "list");
    int i = from;
    if (!isDelimiter(lines.get(i))) {
      html.open("thead");
      row(lines.get(i++), "th");
      html.close();
    }
    html.open("tbody");
    for (i++; i < lines.size() && lines.get(i).indexOf('|') >= 0; i++) {
      row(lines.get(i), "td");
    }
    html.close().close().close();
    return i;
  }

  private void row(String line, String element) {
    String text = line.strip();
    int start = text.startsWith("|") ? 1 : 0;
    html.open("tr");
    StringBuilder cell = new StringBuilder();
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length() && text.charAt(i + 1) == '|') {
        cell.append('|');
        i++;
      } else if (c == '|') {
        cell(cell, element);
      } else {
        cell.append(c);
      }
    }
    if (!cell.isEmpty()) {
      cell(cell, element);
    }
    html.close();
  }

  private void cell(StringBuilder text, String element) {
    html.open(element);
    InlineText.render(text.toString().strip(), html);
    html.close();
    text.setLength(0);
  }
}
