package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out which check-in each line of a file comes from, along its primary ancestors. */
final class Annotation {
  private final CheckIns checkIns;
  private final ContentStore content;
  private final DbTransaction session;
  private final int limit;

  /**
   * Reads from check-ins.
   *
   * @param limit how many versions of a file to look at, at most
   */
  Annotation(CheckIns checkIns, int limit) {
    this.checkIns = checkIns;
    this.content = checkIns.content();
    this.session = checkIns.session();
    this.limit = limit;
  }

  /** A version of the file: the check-in that made it, and what it was before. */
  private record Version(
      long checkIn, long content, long priorContent, @Nullable String priorName) {}

  List<AnnotatedLine> annotate(ArtifactName checkIn, String path) {
    byte[] newest = checkIns.read(checkIn, path);
    if (newest == null) {
      throw new RepositoryException("check-in " + checkIn + " has no file \"" + path + "\"");
    }
    List<String> lines = LineDiff.lines(newest);
    Origins origins = new Origins(lines.size());
    List<String> current = lines;
    long at = content.rid(checkIn);
    String name = path;
    for (int step = 0; step < limit && origins.open > 0; step++) {
      Version version = lastChange(at, name);
      if (version == null) {
        break;
      }
      byte[] before = version.priorContent > 0 ? content.read(version.priorContent) : null;
      List<String> older = before == null ? List.of() : LineDiff.lines(before);
      origins.stepBack(version.checkIn, older, current);
      if (before == null) {
        break;
      }
      current = older;
      name = version.priorName != null ? version.priorName : name;
      at = session.number("SELECT pid FROM plink WHERE cid=? AND isprim", 0, version.checkIn);
    }
    return entries(lines, origins.checkIns);
  }

  /** Which check-in each line of the newest version comes from, as far as that is known. */
  private static final class Origins {
    private final long[] checkIns;
    // For each line of the present version, the line of the newest version that it became, or -1.
    private int[] becomes;
    // How many lines have no known origin yet.
    private int open;

    Origins(int lines) {
      checkIns = new long[lines];
      becomes = new int[lines];
      Arrays.setAll(becomes, i -> i);
      open = lines;
    }

    /** Goes from the present version, which a check-in made, to the older one before it. */
    void stepBack(long checkIn, List<String> older, List<String> current) {
      int[] next = new int[older.size()];
      Arrays.fill(next, -1);
      LineDiff.Changes changes = LineDiff.between(older, current);
      int a = 0;
      for (int b = 0; b < current.size(); b++) {
        if (changes.added()[b]) {
          if (becomes[b] >= 0) {
            checkIns[becomes[b]] = checkIn;
            open--;
          }
        } else {
          while (changes.removed()[a]) {
            a++;
          }
          next[a++] = becomes[b];
        }
      }
      becomes = next;
    }
  }

  /** The nearest primary ancestor, this one included, that changed the file. */
  private @Nullable Version lastChange(long checkIn, String name) {
    long at = checkIn;
    while (at != 0) {
      Version version =
          session.first(
              "SELECT fid, pid, (SELECT name FROM filename f WHERE f.fnid=pfnid) FROM mlink"
                  + " WHERE mid=?1 AND NOT isaux"
                  + " AND fnid=(SELECT fnid FROM filename WHERE name=?2)",
              row -> new Version(0, row.number(1), row.number(2), row.textOrNull(3)),
              at,
              name);
      if (version != null && version.content != 0) {
        return new Version(at, version.content, version.priorContent, version.priorName);
      }
      at = session.number("SELECT pid FROM plink WHERE cid=? AND isprim", 0, at);
    }
    return null;
  }

  private List<AnnotatedLine> entries(List<String> lines, long[] origins) {
    Map<Long, TimelineEntry> known = new HashMap<>();
    List<AnnotatedLine> result = new ArrayList<>(lines.size());
    for (int i = 0; i < origins.length; i++) {
      long rid = origins[i];
      TimelineEntry entry =
          rid == 0 ? null : known.computeIfAbsent(rid, new RepositoryHistory(session)::entry);
      result.add(new AnnotatedLine(lines.get(i), entry));
    }
    return result;
  }
}
