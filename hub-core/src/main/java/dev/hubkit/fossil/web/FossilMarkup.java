package dev.hubkit.fossil.web;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Translates Fossil's wiki markup to Markdown, which has a sign for nearly all of its elements.
 * Leaves unknown markup as it was written. Source: Fossil's "Wiki Formatting Rules".
 */
final class FossilMarkup {
  /** This never backtracks, and ends where the next may begin. */
  private static final Pattern TAG = Pattern.compile("<(/?)([A-Za-z][A-Za-z0-9]*+)([^<>]*+)>");

  /** Two spaces or more, a sign, and two spaces or more. */
  private static final Pattern ITEM =
      Pattern.compile("(?: {2,}+|\\t\\s*+)([*#]|\\d{1,9}\\.)\\s{2,}+");

  private static final Pattern HREF = Pattern.compile("(?i)href\\s*+=\\s*+[\"']?+([^\"'\\s>]++)");
  private static final int DEEPEST = 5;

  private final String source;
  private final StringBuilder markdown = new StringBuilder();
  private final Deque<String> lists = new ArrayDeque<>();
  private boolean inHeading;
  private boolean inRow;
  private boolean inIndented;
  private int rows;
  private int cells;
  private String href = "";

  private FossilMarkup(String source) {
    this.source = source;
  }

  static String toMarkdown(String text) {
    return new FossilMarkup(text.replace("\r\n", "\n")).convert();
  }

  private String convert() {
    Matcher tag = TAG.matcher(source);
    int done = 0;
    while (tag.find(done)) {
      text(source.substring(done, tag.start()));
      String name = tag.group(2).toLowerCase(Locale.ROOT);
      boolean isEnd = !tag.group(1).isEmpty();
      if (!isEnd && (name.equals("verbatim") || name.equals("pre"))) {
        done = verbatim(tag.end(), name);
      } else {
        tag(name, isEnd, tag.group(3), tag.group());
        done = tag.end();
      }
    }
    text(source.substring(done));
    return markdown.toString();
  }

  // ---- text

  private void text(String text) {
    int end = inHeading ? text.indexOf("\n\n") : 0;
    if (inRow || end < 0) {
      // A row and a heading are single lines.
      escape(text.replace('\n', ' '));
      return;
    }
    escape(text.substring(0, end).replace('\n', ' '));
    inHeading = false;
    int from = end;
    while (from < text.length()) {
      int newline = text.indexOf('\n', from);
      int to = newline < 0 ? text.length() : newline;
      if (isAtLineStart()) {
        beginLine(text.substring(from, to));
      } else {
        escape(text.substring(from, to));
      }
      if (newline >= 0) {
        markdown.append('\n');
      }
      from = to + 1;
    }
  }

  private boolean isAtLineStart() {
    return markdown.isEmpty() || markdown.charAt(markdown.length() - 1) == '\n';
  }

  private void beginLine(String line) {
    Matcher item = ITEM.matcher(line);
    if (line.isBlank()) {
      inIndented = false;
    } else if (item.lookingAt()) {
      inIndented = false;
      markdown.append(item.group(1).equals("*") ? "* " : "1. ");
      escape(line.substring(item.end()));
    } else {
      inIndented |= isAfterBlankLine() && (line.startsWith("  ") || line.startsWith("\t"));
      markdown.append(inIndented ? "> " : "");
      String stripped = line.stripLeading();
      // Text that Markdown would take for a block is not one here.
      markdown.append("#>-+~=".indexOf(stripped.charAt(0)) >= 0 ? "\\" : "");
      int digits = 0;
      while (digits < stripped.length() && Character.isDigit(stripped.charAt(digits))) {
        digits++;
      }
      boolean isNumber = digits > 0 && stripped.startsWith(".", digits);
      markdown.append(stripped, 0, isNumber ? digits : 0).append(isNumber ? "\\" : "");
      escape(stripped.substring(isNumber ? digits : 0));
    }
  }

  private boolean isAfterBlankLine() {
    int length = markdown.length();
    return length == 0 || (length > 1 && markdown.charAt(length - 2) == '\n');
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ("*_`\\".indexOf(c) >= 0 || (inRow && c == '|')) {
        markdown.append('\\');
      }
      markdown.append(c);
    }
  }

  /** Returns the text up to the end tag, or to the end of the page when there is none. */
  private int verbatim(int from, String name) {
    Matcher end = Pattern.compile("</" + name + "\\s*+>", Pattern.CASE_INSENSITIVE).matcher(source);
    boolean ends = end.find(from);
    String text = source.substring(from, ends ? end.start() : source.length());
    String fence = "`".repeat(longestRun(text) + 3);
    block("\n" + fence + "\n");
    markdown.append(text.startsWith("\n") ? text.substring(1) : text);
    block((text.endsWith("\n") ? "" : "\n") + fence + "\n");
    return ends ? end.end() : source.length();
  }

  private static int longestRun(String text) {
    int longest = 0;
    int run = 0;
    for (int i = 0; i < text.length(); i++) {
      run = text.charAt(i) == '`' ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  // ---- tags

  private void tag(String name, boolean isEnd, String attributes, String written) {
    switch (name) {
      case "b", "strong" -> markdown.append("**");
      case "i", "em" -> markdown.append('*');
      case "tt", "code" -> markdown.append('`');
      case "a" -> anchor(isEnd, attributes);
      case "ul", "ol" -> list(name, isEnd);
      case "li" -> {
        block(isAtLineStart() ? "" : "\n");
        markdown.append(isEnd ? "" : item());
      }
      case "p", "nowiki", "blockquote" -> block("\n\n");
      case "br" -> markdown.append(inRow ? " " : "  \n");
      case "hr" -> block("\n\n---\n\n");
      case "h1", "h2", "h3", "h4", "h5", "h6" -> {
        block(isEnd ? "\n" : "\n" + "#".repeat(name.charAt(1) - '0') + " ");
        inHeading = !isEnd;
      }
      case "table" -> {
        row(false);
        rows = 0;
        block("\n\n");
      }
      case "tr" -> row(!isEnd);
      case "td", "th" -> {
        if (inRow && !isEnd) {
          markdown.append(cells++ == 0 ? "" : " | ");
        }
      }
      default -> text(written);
    }
  }

  private void anchor(boolean isEnd, String attributes) {
    if (isEnd) {
      markdown.append(href.isEmpty() ? "" : "](" + href + ")");
      href = "";
      return;
    }
    Matcher matcher = HREF.matcher(attributes);
    href = matcher.find() ? matcher.group(1).replace(")", "%29") : "";
    markdown.append(href.isEmpty() ? "" : "[");
  }

  private void list(String name, boolean isEnd) {
    if (isEnd) {
      lists.poll();
    } else if (lists.size() < DEEPEST) {
      lists.push(name);
    }
    block(lists.isEmpty() || (lists.size() == 1 && !isEnd) ? "\n\n" : "");
  }

  private String item() {
    boolean isNumbered = "ol".equals(lists.peek());
    return "   ".repeat(Math.max(0, lists.size() - 1)) + (isNumbered ? "1. " : "* ");
  }

  private void row(boolean begins) {
    if (inRow) {
      markdown.append(" |\n");
      inRow = false;
    }
    if (begins) {
      // Each cell says whether it is a heading, so the table itself has none.
      block(rows++ == 0 ? "\n\n|---|\n| " : "| ");
      inRow = true;
      cells = 0;
    }
  }

  private void block(String sign) {
    inHeading = false;
    inIndented = false;
    markdown.append(sign);
  }
}
