package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Table {@code backlink}: which artifacts a comment, ticket, wiki page or post refers to. Times are
 * Julian days as {@link JulianDay#of} gives them.
 */
final class Backlinks {
  private static final int COMMENT = 0;
  private static final int TICKET = 1;
  private static final int WIKI = 2;
  private static final int FORUM = 4;
  private static final int SHORTEST = 4;
  private static final int LONGEST = 64;

  private final DbTransaction session;

  Backlinks(DbTransaction session) {
    this.session = session;
  }

  void ofComment(String text, long rid, double mtime) {
    replace(text, null, COMMENT, rid, mtime);
  }

  void ofWikiPage(String text, @Nullable String mimetype, long tagId, double mtime) {
    replace(text, mimetype, WIKI, tagId, mtime);
  }

  void ofForumPost(String text, @Nullable String mimetype, long rid, double mtime) {
    replace(text, mimetype, FORUM, rid, mtime);
  }

  /** Adds the links of a ticket's field; {@link #forgetTicket} has to come first. */
  void ofTicket(String text, @Nullable String mimetype, long rid, double mtime) {
    extract(text, mimetype, TICKET, rid, mtime);
  }

  void forgetTicket(long tagId) {
    session.run(
        "DELETE FROM backlink WHERE srctype=?"
            + " AND srcid IN (SELECT rid FROM tagxref WHERE tagid=?)",
        TICKET,
        tagId);
  }

  private void replace(
      String text, @Nullable String mimetype, int type, long source, double mtime) {
    session.run("DELETE FROM backlink WHERE srctype=? AND srcid=?", type, source);
    extract(text, mimetype, type, source, mtime);
  }

  private void extract(
      String text, @Nullable String mimetype, int type, long source, double mtime) {
    LinkScanner.Target found =
        target -> {
          String hash =
              target.length() >= 10 && target.startsWith("/info/") ? target.substring(6) : target;
          if (isHashPrefix(hash)) {
            session.run(
                "REPLACE INTO backlink(target,srctype,srcid,mtime) VALUES(?,?,?,?)",
                hash.toLowerCase(Locale.ROOT),
                type,
                source,
                JulianDay.printed(mtime));
          }
        };
    if (mimetype == null || mimetype.contains("wiki")) {
      LinkScanner.scanWiki(text, found);
    } else if (mimetype.contains("markdown")) {
      LinkScanner.scanMarkdown(text, found);
    }
  }

  private static boolean isHashPrefix(String target) {
    return target.length() >= SHORTEST
        && target.length() <= LONGEST
        && target.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0);
  }
}
