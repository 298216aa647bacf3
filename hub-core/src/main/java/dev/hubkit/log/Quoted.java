package dev.hubkit.log;

import dev.hubkit.text.GoQuote;

/**
 * Quotes text from outside so that it can be shown: escapes characters that do not print, as Go's
 * {@code %q} does, with which nats-server quotes the names of clients.
 */
public final class Quoted {
  private Quoted() {}

  /** Quotes a text in double quotes. */
  public static String of(String text) {
    return GoQuote.quote(text);
  }

  /** Quotes bytes in double quotes; escapes bytes that are not UTF-8 one by one. */
  public static String of(byte[] bytes, int offset, int length) {
    return '"' + inside(bytes, offset, length) + '"';
  }

  /** As {@link #of(byte[], int, int)}, without the quotes. */
  public static String inside(byte[] bytes, int offset, int length) {
    return GoQuote.inside(bytes, offset, length);
  }

  /** Returns a throwable whose messages can be shown: the same one if they can be already. */
  public static Throwable of(Throwable thrown) {
    return QuotedThrowable.of(thrown);
  }

  /**
   * Escapes text without quoting it, for use within a line that people read. Escapes line breaks,
   * escape sequences of terminals, and characters that change the direction of text; leaves
   * everything else that prints. Returns the same string when there is nothing to escape.
   */
  public static String plain(String text) {
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (!GoQuote.isPrintable(c)) {
        StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
        text.codePoints()
            .skip(text.codePointCount(0, i))
            .forEach(rest -> GoQuote.escape(escaped, rest));
        return escaped.toString();
      }
      i += Character.charCount(c);
    }
    return text;
  }
}
