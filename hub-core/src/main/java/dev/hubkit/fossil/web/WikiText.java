package dev.hubkit.fossil.web;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows the text of wiki pages: the common parts of Markdown and of Fossil's own markup, of which
 * the rest is shown as it was written. Only elements made here reach the page. What stands between
 * two signs has a greatest length, so that no text takes more than a time in proportion to its own.
 */
final class WikiText {
  private static final Pattern BLOCK =
      Pattern.compile("(#{1,6})\\s+(.*?)\\s*#*|\\s{0,3}([-*+]|\\d+\\.)\\s+(.*)|(```|~~~).*");
  private static final Pattern INLINE =
      Pattern.compile(
          "`([^`]{1,1000})`|\\*\\*([^*]{1,1000})\\*\\*|__([^_]{1,1000})__"
              + "|\\*([^*\\s][^*]{0,1000})\\*|\\b_([^_]{1,1000})_\\b"
              + "|\\[([^\\[\\]|]{1,500})\\]\\(([^)\\s]{1,1000})\\)"
              + "|\\[([^\\[\\]|]{1,500})(?:\\|([^\\[\\]]{0,500}))?\\]"
              + "|(https?://[^\\s<>\"')\\]]+)");
  private static final Pattern LINK =
      Pattern.compile(
          "\\[([0-9a-f]{6,64})(?:\\|([^\\[\\]]{0,500}))?\\]|(https?://[^\\s<>\"')\\]]+)");
  private static final Pattern FOSSIL_HEADING =
      Pattern.compile("(?is)<h([1-6])[^>]{0,200}>(.{0,500}?)</h\\1>");
  private static final Pattern FOSSIL_TAG = Pattern.compile("(?s)<(/?)(b|i|em|strong|tt|code)>");
  private static final Pattern SAFE_LINK = Pattern.compile("(?i)(https?://|mailto:).*");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{6,64}");

  private WikiText() {}

  static void render(String text, @Nullable String mimetype, Html html) {
    if ("text/plain".equals(mimetype)) {
      html.element("pre", text);
    } else if ("text/x-markdown".equals(mimetype)) {
      blocks(text.lines().toList(), html);
    } else {
      blocks(markdownOf(text).lines().toList(), html);
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

  /** Fossil's markup has few elements with a meaning that Markdown has no sign for. */
  private static String markdownOf(String text) {
    String headings =
        FOSSIL_HEADING
            .matcher(text)
            .replaceAll(
                match ->
                    Matcher.quoteReplacement(
                        "\n"
                            + "#".repeat(Integer.parseInt(match.group(1)))
                            + " "
                            + match.group(2).strip().replace('\n', ' ')
                            + "\n"));
    return FOSSIL_TAG
        .matcher(headings)
        .replaceAll(
            match ->
                switch (match.group(2)) {
                  case "b", "strong" -> "**";
                  case "i", "em" -> "*";
                  default -> "`";
                })
        .replaceAll("(?i)<li>", "\n* ")
        .replaceAll("(?i)</li>", "\n")
        .replaceAll("(?i)</?(p|nowiki|ul|ol)>", "\n\n")
        .replaceAll("(?i)<(br|hr)\\s*/?>", "\n");
  }

  private static void blocks(List<String> lines, Html html) {
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i);
      Matcher block = BLOCK.matcher(line);
      if (line.isBlank()) {
        i++;
      } else if (block.matches() && block.group(1) != null) {
        // The page has its heading already.
        html.open("h" + Math.min(6, block.group(1).length() + 1));
        inline(block.group(2), html);
        html.close();
        i++;
      } else if (block.matches() && block.group(3) != null) {
        i = items(lines, i, html);
      } else if (block.matches()) {
        i = fence(lines, i, block.group(5), html);
      } else if (line.startsWith("    ") || line.startsWith("\t")) {
        i = indented(lines, i, html);
      } else {
        i = paragraph(lines, i, html);
      }
    }
  }

  private static int items(List<String> lines, int from, Html html) {
    Matcher first = BLOCK.matcher(lines.get(from));
    html.open(first.matches() && first.group(3).endsWith(".") ? "ol" : "ul");
    int i = from;
    while (i < lines.size()) {
      Matcher item = BLOCK.matcher(lines.get(i));
      if (!item.matches() || item.group(3) == null) {
        break;
      }
      StringBuilder text = new StringBuilder(item.group(4));
      for (i++; i < lines.size() && lines.get(i).matches("\\s{2,}\\S.*"); i++) {
        if (BLOCK.matcher(lines.get(i)).matches()) {
          break;
        }
        text.append(' ').append(lines.get(i).strip());
      }
      html.open("li");
      inline(text.toString(), html);
      html.close();
    }
    html.close();
    return i;
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
    while (i < lines.size() && (lines.get(i).startsWith("    ") || lines.get(i).startsWith("\t"))) {
      html.text(lines.get(i).replaceFirst("^(    |\t)", "")).text("\n");
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
        && (i == from || !BLOCK.matcher(lines.get(i)).matches())) {
      text.append(lines.get(i++)).append('\n');
    }
    html.open("p");
    inline(text.toString(), html);
    html.close();
    return i;
  }

  private static void inline(String text, Html html) {
    Matcher matcher = INLINE.matcher(text);
    int done = 0;
    while (matcher.find()) {
      html.text(text.substring(done, matcher.start()));
      done = matcher.end();
      if (matcher.group(1) != null) {
        html.element("code", matcher.group(1));
      } else if (matcher.group(2) != null || matcher.group(3) != null) {
        nested("strong", matcher.group(2) == null ? matcher.group(3) : matcher.group(2), html);
      } else if (matcher.group(4) != null || matcher.group(5) != null) {
        nested("em", matcher.group(4) == null ? matcher.group(5) : matcher.group(4), html);
      } else if (matcher.group(7) != null) {
        link(matcher.group(7), matcher.group(6), matcher.group(), html);
      } else if (matcher.group(8) != null) {
        String label = matcher.group(9);
        link(
            matcher.group(8).strip(),
            label == null || label.isBlank() ? matcher.group(8).strip() : label.strip(),
            matcher.group(),
            html);
      } else {
        html.link(matcher.group(10), matcher.group(10), "rel", "nofollow noreferrer");
      }
    }
    html.text(text.substring(done));
  }

  private static void nested(String element, String text, Html html) {
    html.open(element);
    inline(text, html);
    html.close();
  }

  private static void link(String target, String label, String written, Html html) {
    if (SAFE_LINK.matcher(target).matches()) {
      html.link(target, label, "rel", "nofollow noreferrer");
    } else if (HASH.matcher(target).matches()) {
      html.link("/info/" + target, label);
    } else if (target.startsWith("/") && !target.startsWith("//")) {
      html.link(target, label);
    } else if (target.startsWith("wiki:")) {
      html.link(Links.wiki(target.substring(5)), label);
    } else if (target.indexOf(':') < 0 && target.indexOf('/') < 0 && !target.startsWith("#")) {
      html.link(Links.wiki(target), label);
    } else {
      html.text(written);
    }
  }
}
