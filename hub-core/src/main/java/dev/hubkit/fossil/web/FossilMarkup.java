package dev.hubkit.fossil.web;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts Fossil's wiki markup into Markdown: it has few elements with a meaning that Markdown has no
 * sign for. What is not known stays as it was written. Source: Fossil's "Wiki Formatting Rules".
 */
final class FossilMarkup {
  /** Gives nothing back that it has taken, and ends where the next may begin. */
  private static final Pattern TAG = Pattern.compile("<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*+>");

  private final StringBuilder markdown = new StringBuilder();
  private boolean inHeading;

  private FossilMarkup() {}

  static String toMarkdown(String text) {
    String lines = text.replace("\r\n", "\n");
    FossilMarkup markup = new FossilMarkup();
    Matcher tag = TAG.matcher(lines);
    int done = 0;
    while (tag.find()) {
      markup.text(lines.substring(done, tag.start()));
      markup.tag(tag.group(2).toLowerCase(Locale.ROOT), !tag.group(1).isEmpty(), tag.group());
      done = tag.end();
    }
    markup.text(lines.substring(done));
    return markup.markdown.toString();
  }

  /** A heading is a single line; one that nobody has ended goes no further than its paragraph. */
  private void text(String text) {
    int end = inHeading ? text.indexOf("\n\n") : 0;
    if (end < 0) {
      markdown.append(text.replace('\n', ' '));
    } else {
      markdown.append(text.substring(0, end).replace('\n', ' ')).append(text, end, text.length());
      inHeading = false;
    }
  }

  private void tag(String name, boolean isEnd, String written) {
    switch (name) {
      case "b", "strong" -> markdown.append("**");
      case "i", "em" -> markdown.append('*');
      case "tt", "code" -> markdown.append('`');
      case "li" -> block(isEnd ? "\n" : "\n* ");
      case "p", "nowiki", "ul", "ol" -> block("\n\n");
      case "br" -> text("\n");
      case "hr" -> block("\n");
      case "h1", "h2", "h3", "h4", "h5", "h6" -> {
        block(isEnd ? "\n" : "\n" + "#".repeat(name.charAt(1) - '0') + " ");
        inHeading = !isEnd;
      }
      default -> text(written);
    }
  }

  private void block(String sign) {
    inHeading = false;
    markdown.append(sign);
  }
}
