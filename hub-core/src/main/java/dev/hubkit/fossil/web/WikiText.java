package dev.hubkit.fossil.web;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows the text of wiki pages: the common parts of Markdown and of Fossil's own markup; the rest
 * appears as it was written. Only elements made here reach the page, and the time is proportional
 * to the length of any text.
 */
final class WikiText {
  private static final Pattern LINK =
      Pattern.compile("\\[([0-9a-f]{6,64}+)(?:\\|([^\\[\\]]*+))?\\]|(https?://[^\\s<>\"')\\]]++)");

  private WikiText() {}

  static void render(String text, @Nullable String mimetype, Html html) {
    if ("text/plain".equals(mimetype)) {
      html.element("pre", text);
    } else if ("text/x-markdown".equals(mimetype)) {
      Markdown.render(text, html);
    } else {
      Markdown.render(FossilMarkup.toMarkdown(text), html);
    }
  }

  /** Shows a line of Fossil's markup, such as the comment on a change to a ticket. */
  static void line(String text, Html html) {
    InlineText.render(FossilMarkup.toMarkdown(text).strip(), html);
  }

  /** Shows a comment unchanged, but with links to artifacts and to other sites. */
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
}
