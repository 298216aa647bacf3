package dev.hubkit.fossil.web;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows the text of wiki pages: the common parts of Markdown and of Fossil's own markup, of which
 * the rest is shown as it was written. Only elements made here reach the page, and each line is
 * looked at as often as there are kinds of them: no text takes more than a time in proportion to
 * its length.
 */
final class WikiText {
  private static final Pattern LINK =
      Pattern.compile("\\[([0-9a-f]{6,64}+)(?:\\|([^\\[\\]]*+))?\\]|(https?://[^\\s<>\"')\\]]++)");

  private WikiText() {}

  static void render(String text, @Nullable String mimetype, Html html) {
    if ("text/plain".equals(mimetype)) {
      html.element("pre", text);
    } else if ("text/x-markdown".equals(mimetype)) {
      blocks(text.lines().toList(), html);
    } else {
      blocks(FossilMarkup.toMarkdown(text).lines().toList(), html);
    }
  }

  /** Shows a comment: as it is, but with links to artifacts and to other sites. */
  static void links(String text, Html html) {
    Matcher matcher = LINK.matcher(text);
    int done = 0;
    while (matcher.find()) {
      html.text(text.substring(done, matcher.start()));
      done = matcher.end();
      if (matcher.group(3) != null) {
        html.link(matcher.group(3), matcher.group(3), "rel", "nofollow noreferrer");
      } else {
        String label = matcher.group(2) == null ? matcher.group(1) : matcher.group(2);
        html.link("/info/" + matcher.group(1), label, "class", "hash");
      }
    }
    html.text(text.substring(done));
  }

  private static void blocks(List<String> lines, Html html) {
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i);
      if (line.isBlank()) {
        i++;
      } else if (headingLevel(line) > 0) {
        i = heading(lines, i, html);
      } else if (itemText(line) > 0) {
        i = items(lines, i, html);
      } else if (isFence(line)) {
        i = fence(lines, i, line.substring(0, 3), html);
      } else if (isIndented(line)) {
        i = indented(lines, i, html);
      } else {
        i = paragraph(lines, i, html);
      }
    }
  }

  private static boolean beginsBlock(String line) {
    return headingLevel(line) > 0 || itemText(line) > 0 || isFence(line);
  }

  /** How many signs and then a space the line begins with; 0 when it is no heading. */
  private static int headingLevel(String line) {
    int level = 0;
    while (level < line.length() && level <= 6 && line.charAt(level) == '#') {
      level++;
    }
    return level <= 6 && isSpace(line, level) ? level : 0;
  }

  /** Where the text of a list's item begins; 0 when the line is none. */
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

  private static boolean isFence(String line) {
    return line.startsWith("```") || line.startsWith("~~~");
  }

  private static boolean isIndented(String line) {
    return line.startsWith("    ") || line.startsWith("\t");
  }

  private static boolean isSpace(String line, int at) {
    return at < line.length() && Character.isWhitespace(line.charAt(at));
  }

  private static int heading(List<String> lines, int at, Html html) {
    String line = lines.get(at);
    int level = headingLevel(line);
    int end = line.length();
    while (end > level && line.charAt(end - 1) == '#') {
      end--;
    }
    // The page has its heading already.
    html.open("h" + Math.min(6, level + 1));
    InlineText.render(line.substring(level, end).strip(), html);
    html.close();
    return at + 1;
  }

  private static int items(List<String> lines, int from, Html html) {
    String first = lines.get(from);
    html.open(first.substring(0, itemText(first)).stripTrailing().endsWith(".") ? "ol" : "ul");
    int i = from;
    while (i < lines.size() && itemText(lines.get(i)) > 0) {
      String line = lines.get(i);
      StringBuilder text = new StringBuilder(line.substring(itemText(line)));
      for (i++; i < lines.size() && continuesItem(lines.get(i)); i++) {
        text.append(' ').append(lines.get(i).strip());
      }
      html.open("li");
      InlineText.render(text.toString(), html);
      html.close();
    }
    html.close();
    return i;
  }

  private static boolean continuesItem(String line) {
    return isSpace(line, 0) && isSpace(line, 1) && !line.isBlank() && !beginsBlock(line);
  }

  private static int fence(List<String> lines, int from, String mark, Html html) {
    html.open("pre").open("code");
    int i = from + 1;
    while (i < lines.size() && !lines.get(i).startsWith(mark)) {
      html.text(lines.get(i++)).text("\n");
    }
    html.close().close();
    return i + 1;
  }

  private static int indented(List<String> lines, int from, Html html) {
    html.open("pre").open("code");
    int i = from;
    while (i < lines.size() && isIndented(lines.get(i))) {
      html.text(lines.get(i).substring(lines.get(i).startsWith("\t") ? 1 : 4)).text("\n");
      i++;
    }
    html.close().close();
    return i;
  }

  private static int paragraph(List<String> lines, int from, Html html) {
    StringBuilder text = new StringBuilder();
    int i = from;
    while (i < lines.size()
        && !lines.get(i).isBlank()
        && (i == from || !beginsBlock(lines.get(i)))) {
      text.append(lines.get(i++)).append('\n');
    }
    html.open("p");
    InlineText.render(text.toString(), html);
    html.close();
    return i;
  }
}
