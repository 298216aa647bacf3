package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.content.DbTransaction;
import org.jspecify.annotations.Nullable;

/** Formats hashes and texts for the comments of timeline entries. */
final class HashText {
  private static final int LEAST = 6;
  private static final int MOST = 64;
  private static final int LEAST_IN_LINK = 16;

  private final int shown;
  private final int linked;

  HashText(DbTransaction session) {
    long setting =
        session.number("SELECT CAST(value AS INT) FROM config WHERE name='hash-digits'", 10);
    shown = (int) Math.max(LEAST, Math.min(MOST, setting));
    linked = Math.min(MOST, Math.max(LEAST_IN_LINK, shown + 6));
  }

  /** Returns a hash as people see it. */
  String shown(String hash) {
    return hash.substring(0, Math.min(shown, hash.length()));
  }

  /** Returns a hash as links hold it. */
  String linked(String hash) {
    return hash.substring(0, Math.min(linked, hash.length()));
  }

  /** Returns both forms, as {@code [link|shown]}. */
  String link(String hash) {
    return "[" + linked(hash) + "|" + shown(hash) + "]";
  }

  static String html(@Nullable String text) {
    return text == null
        ? ""
        : text.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\"", "&quot;")
            .replace("'", "&#39;");
  }
}
