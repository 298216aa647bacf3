package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.MalformedContentException;
import dev.hubkit.fossil.content.RepositoryException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the artifact that a name stands for. Source: Fossil's "Check-in Names" document
 * (www/checkin_names.wiki). All dates are UTC.
 */
final class VersionNames {
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}.*", Pattern.DOTALL);
  private static final Pattern DIGITS =
      Pattern.compile("(\\d{4})(\\d{2})(\\d{2})(?:(\\d{2})(\\d{2})(\\d{2})?)?");
  private static final String PUNCTUATION = ".?!,)_>";
  private static final int SHORTEST_WITH_PUNCTUATION = 4;
  private static final int SHORTEST_PREFIX = 4;
  private static final int LONGEST_PREFIX = 64;
  private static final int MOST_STEPS = 1_000_000;

  private final DbTransaction session;
  private final String type; // a GLOB for event.type
  private final boolean anyArtifact;

  /**
   * Searches the artifacts of a type.
   *
   * @param type of the timeline entry, such as {@code ci}; {@code *} for any artifact
   */
  VersionNames(DbTransaction session, String type) {
    this.session = session;
    this.type = type;
    this.anyArtifact = type.equals("*");
  }

  /** Returns the record of a name, 0 when the name means nothing. */
  long resolve(String name) {
    if (name.isEmpty()) {
      return 0;
    }
    if (name.equals("tip") && (anyArtifact || type.equals("ci"))) {
      return session.number(
          "SELECT objid FROM event WHERE type='ci' ORDER BY mtime DESC LIMIT 1", 0);
    }
    int colon = name.indexOf(':');
    if (colon > 0) {
      Long special = prefixed(name.substring(0, colon), name.substring(colon + 1));
      if (special != null) {
        return special;
      }
    }
    if (DATE.matcher(name).matches()) {
      long rid = atDate(name);
      if (rid != 0) {
        return rid;
      }
    }
    long rid = byHash(name);
    if (rid == 0) {
      rid = withTag(name);
    }
    if (rid == 0 && DIGITS.matcher(name).matches()) {
      rid = atDate(name);
    }
    return rid == 0 ? withoutPunctuation(name) : rid;
  }

  /** Resolves a name that one or two punctuation marks follow. */
  private long withoutPunctuation(String name) {
    int end = name.length();
    while (end > 0 && PUNCTUATION.indexOf(name.charAt(end - 1)) >= 0) {
      end--;
    }
    int signs = name.length() - end;
    return end >= SHORTEST_WITH_PUNCTUATION && (signs == 1 || signs == 2)
        ? resolve(name.substring(0, end))
        : 0;
  }

  private @Nullable Long prefixed(String prefix, String rest) {
    return switch (prefix) {
      case "tag" -> withTag(rest);
      case "date", "utc", "local" -> atDate(rest);
      case "root" -> branchPoint(resolve(rest));
      case "start" -> branchStart(resolve(rest));
      case "merge-in" -> mergedIn(resolve(rest));
      case "rid" -> byNumber(rest);
      default -> isDate(rest) ? withTagAt(prefix, rest) : null;
    };
  }

  private static boolean isDate(String text) {
    return DATE.matcher(text).matches() || DIGITS.matcher(text).matches();
  }

  private long byNumber(String digits) {
    if (digits.isEmpty() || digits.length() > 10 || !digits.chars().allMatch(Character::isDigit)) {
      return 0;
    }
    return session.number(
        anyArtifact
            ? "SELECT rid FROM blob WHERE rid=?1 AND ?2 NOTNULL"
            : "SELECT objid FROM event WHERE objid=?1 AND type GLOB ?2",
        0,
        Long.parseLong(digits),
        type);
  }

  private long byHash(String name) {
    String hash = name.startsWith("[") ? name.substring(1) : name;
    hash = hash.endsWith("]") ? hash.substring(0, hash.length() - 1) : hash;
    if (hash.length() < SHORTEST_PREFIX
        || hash.length() > LONGEST_PREFIX
        || !hash.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0)) {
      return 0;
    }
    String low = hash.toLowerCase(Locale.ROOT);
    List<Long> found =
        session.list(
            "SELECT blob.rid FROM blob WHERE uuid>=?1 AND uuid<?2"
                + (anyArtifact
                    ? " LIMIT 2"
                    : " AND EXISTS(SELECT 1 FROM event WHERE objid=blob.rid AND type GLOB ?3)"
                        + " LIMIT 2"),
            row -> row.number(1),
            anyArtifact ? new Object[] {low, low + "g"} : new Object[] {low, low + "g", type});
    if (found.size() > 1) {
      throw new RepositoryException("the name \"" + name + "\" is ambiguous");
    }
    return found.isEmpty() ? 0 : found.get(0);
  }

  private long withTag(String tag) {
    return session.number(
        "SELECT event.objid FROM tag, tagxref, event WHERE tag.tagname=?1"
            + " AND tagxref.tagid=tag.tagid AND tagxref.tagtype>0 AND event.objid=tagxref.rid"
            + " AND event.type GLOB ?2 ORDER BY event.mtime DESC LIMIT 1",
        0,
        (type.equals("w") ? "wiki-" : "sym-") + tag,
        type);
  }

  private long withTagAt(String tag, String date) {
    return session.number(
        "SELECT event.objid FROM tag, tagxref, event WHERE tag.tagname=?1"
            + " AND tagxref.tagid=tag.tagid AND tagxref.tagtype>0 AND event.objid=tagxref.rid"
            + " AND event.type GLOB ?2 AND event.mtime<=?3 ORDER BY event.mtime DESC LIMIT 1",
        0,
        "sym-" + tag,
        type,
        endOf(date));
  }

  private long atDate(String date) {
    double end = endOf(date);
    return session.number(
        "SELECT objid FROM event WHERE mtime<=? AND type GLOB ? ORDER BY mtime DESC LIMIT 1",
        0,
        end,
        type);
  }

  /**
   * Returns the last moment that a date without milliseconds may mean; -1 when it is not a date.
   */
  private static double endOf(String date) {
    String text = date;
    Matcher digits = DIGITS.matcher(date);
    if (digits.matches()) {
      text = digits.group(1) + "-" + digits.group(2) + "-" + digits.group(3);
      if (digits.group(4) != null) {
        text += " " + digits.group(4) + ":" + digits.group(5);
      }
      if (digits.group(6) != null) {
        text += ":" + digits.group(6);
      }
    }
    String bare = text.toLowerCase(Locale.ROOT);
    if (bare.endsWith("utc")) {
      text = text.substring(0, text.length() - 3).strip();
    } else if (bare.endsWith("z")) {
      text = text.substring(0, text.length() - 1);
    }
    text +=
        switch (text.length()) {
          case 10 -> " 23:59:59.999";
          case 16 -> ":59.999";
          case 19 -> ".999";
          default -> "";
        };
    try {
      return JulianDay.of(JulianDay.parse(text));
    } catch (MalformedContentException e) {
      return -1; // the name is no date after all
    }
  }

  // ---- along the branch

  private String branch(long rid) {
    String branch =
        session.text("SELECT value FROM tagxref WHERE tagid=8 AND tagtype>0 AND rid=?", rid);
    return branch == null ? "trunk" : branch;
  }

  private boolean isOn(long rid, String branch) {
    return session.exists(
        "SELECT 1 FROM tagxref WHERE tagid=8 AND tagtype>0 AND rid=? AND value=?", rid, branch);
  }

  private long parent(long rid) {
    return session.number("SELECT pid FROM plink WHERE cid=? AND isprim", 0, rid);
  }

  /** The first check-in of the branch that a check-in is on. */
  private long branchStart(long rid) {
    if (rid == 0) {
      return 0;
    }
    String branch = branch(rid);
    long at = rid;
    for (int step = 0; step < MOST_STEPS; step++) {
      long parent = parent(at);
      if (parent == 0 || !isOn(parent, branch)) {
        break;
      }
      at = parent;
    }
    return at;
  }

  /** The check-in that the branch started from; its first one when it started from none. */
  private long branchPoint(long rid) {
    long start = branchStart(rid);
    long parent = start == 0 ? 0 : parent(start);
    return parent == 0 ? start : parent;
  }

  /** The check-in of the parent branch that was merged into this branch last. */
  private long mergedIn(long rid) {
    long point = branchPoint(rid);
    if (point == 0) {
      return 0;
    }
    return session.number(
        "WITH RECURSIVE ancestor(rid, mtime) AS ("
            + " SELECT ?1, (SELECT mtime FROM event WHERE objid=?1)"
            + " UNION SELECT plink.pid, event.mtime FROM ancestor"
            + " JOIN plink ON plink.cid=ancestor.rid JOIN event ON event.objid=plink.pid"
            + " ORDER BY 2 DESC)"
            + " SELECT ancestor.rid FROM ancestor JOIN tagxref ON tagxref.rid=ancestor.rid"
            + " AND tagid=8 AND tagtype>0 AND value=?2 LIMIT 1",
        point,
        rid,
        branch(point));
  }

  /** Returns the name of a record. */
  static ArtifactName name(DbTransaction session, long rid) {
    String hex = session.text("SELECT uuid FROM blob WHERE rid=?", rid);
    if (hex == null) {
      throw new RepositoryException("no artifact with record number " + rid);
    }
    return new ArtifactName(hex);
  }
}
