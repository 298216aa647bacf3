package dev.hubkit.fossil.web;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTML in which only literals of this package can be markup: escapes all text and all values
 * of attributes. Ends elements in the reverse order of their beginnings. Not thread-safe.
 */
final class Html {
  private final StringBuilder out = new StringBuilder(16 * 1024);
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins an element; {@code attributes} alternate between names and values. */
  Html open(String element, String... attributes) {
    begin(element, attributes);
    open.push(element);
    return this;
  }

  /** Ends the innermost element. */
  Html close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Writes an element without content. */
  Html empty(String element, String... attributes) {
    begin(element, attributes);
    return this;
  }

  /** Writes a whole element with text in it. */
  Html element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  /** Writes a link. */
  Html link(String href, String text, String... attributes) {
    out.append("<a href=\"");
    escape(href);
    out.append('"');
    attributes(attributes);
    out.append('>');
    escape(text);
    out.append("</a>");
    return this;
  }

  /** Writes text. */
  Html text(String text) {
    escape(text);
    return this;
  }

  /** Ends all open elements and returns the whole text. */
  String finish() {
    while (!open.isEmpty()) {
      close();
    }
    return out.toString();
  }

  private void begin(String element, String... attributes) {
    out.append('<').append(element);
    attributes(attributes);
    out.append('>');
  }

  private void attributes(String... attributes) {
    for (int i = 0; i + 1 < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      out.append('"');
    }
  }

  private void escape(String text) {
    int done = 0;
    for (int i = 0; i < text.length(); i++) {
      String entity = entity(text.charAt(i));
      if (entity != null) {
        out.append(text, done, i).append(entity);
        done = i + 1;
      }
    }
    out.append(text, done, text.length());
  }

  private static @Nullable String entity(char c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '"' -> "&quot;";
      case '\'' -> "&#39;";
      default -> c < ' ' && c != '\n' && c != '\t' && c != '\r' ? "�" : null;
    };
  }
}
