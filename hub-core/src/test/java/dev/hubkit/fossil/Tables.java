package dev.hubkit.fossil;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The derived tables of a repository file in a form that can be compared. */
final class Tables {
  /**
   * Queries that leave out everything accidental: record numbers (when comparing two files),
   * numbers of tags and file names, the clock. {@code #column} is an artifact, {@code @column} a
   * time, to the last bit. {@code ~column} is a time that depends on the order of record numbers:
   * in that order a rebuild moves check-ins that are older than their children.
   */
  private static final Map<String, String> QUERIES = new LinkedHashMap<>();

  static {
    String tag = "(SELECT tagname FROM tag t WHERE t.tagid=";
    QUERIES.put(
        "event",
        "SELECT type,~mtime,#objid,"
            + tag
            + "event.tagid),uid,bgcolor,euser,user,ecomment,comment,brief,@omtime FROM event");
    QUERIES.put(
        "mlink",
        "SELECT #mid,#fid,#pmid,#pid,(SELECT name FROM filename f WHERE f.fnid=mlink.fnid),"
            + "(SELECT name FROM filename f WHERE f.fnid=mlink.pfnid),mperm,isaux FROM mlink");
    QUERIES.put("plink", "SELECT #pid,#cid,isprim,@mtime,#baseid FROM plink");
    QUERIES.put("leaf", "SELECT #rid FROM leaf");
    QUERIES.put("phantom", "SELECT #rid FROM phantom");
    QUERIES.put("orphan", "SELECT #rid,#baseline FROM orphan");
    QUERIES.put("private", "SELECT #rid FROM private");
    QUERIES.put("unclustered", "SELECT #rid FROM unclustered");
    QUERIES.put("filename", "SELECT name FROM filename");
    QUERIES.put("tag", "SELECT tagname FROM tag");
    QUERIES.put(
        "tagxref",
        "SELECT tagname,tagtype,#srcid,#origid,value,"
            + "CASE WHEN tagname='cluster' THEN 0 ELSE @mtime END,#rid"
            + " FROM tagxref JOIN tag USING(tagid)");
    QUERIES.put(
        "backlink",
        "SELECT target,srctype,CASE srctype WHEN 2 THEN "
            + tag
            + "srcid) ELSE #srcid END,@mtime FROM backlink");
    QUERIES.put(
        "attachment",
        "SELECT #attachid,isLatest,@mtime,src,target,filename,comment,user FROM attachment");
    QUERIES.put("cherrypick", "SELECT #parentid,#childid,isExclude FROM cherrypick");
    QUERIES.put(
        "ticket",
        "SELECT tkt_uuid,@tkt_mtime,@tkt_ctime,type,status,subsystem,"
            + "priority,severity,foundin,private_contact,resolution,title,comment FROM ticket");
    QUERIES.put(
        "ticketchng",
        "SELECT (SELECT tkt_uuid FROM ticket t WHERE t.tkt_id=ticketchng.tkt_id),#tkt_rid,"
            + "@tkt_mtime,tkt_user,login,username,mimetype,icomment FROM ticketchng");
    QUERIES.put("forumpost", "SELECT #fpid,#froot,#fprev,#firt,@fmtime FROM forumpost");
  }

  private static final int MOST_DIFFERENCES = 12;

  private Tables() {}

  /** Returns all rows of all derived tables, with the record numbers of the file. */
  static Map<String, List<String>> of(Path file) {
    return read(file, "$1", "@$1");
  }

  /** Returns the parts of the tables that are the same in all clones with the same artifacts. */
  static Map<String, List<String>> byName(Path file) {
    return read(
        file, "coalesce((SELECT u FROM (SELECT rid AS r,uuid AS u FROM blob) WHERE r=$1),$1)", "0");
  }

  private static Map<String, List<String>> read(Path file, String artifact, String movedTime) {
    Map<String, List<String>> tables = new LinkedHashMap<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (Map.Entry<String, String> query : QUERIES.entrySet()) {
        try (ResultSet there =
            statement.executeQuery(
                "SELECT 1 FROM sqlite_schema WHERE name='" + query.getKey() + "'")) {
          if (!there.next()) {
            continue;
          }
        }
        List<String> rows = new ArrayList<>();
        String sql =
            query
                .getValue()
                .replaceAll("~(\\w+)", movedTime)
                .replaceAll("#(\\w+)", artifact)
                .replaceAll("@(\\w+)", "printf('%!.17g',$1)");
        try (ResultSet result = statement.executeQuery(sql)) {
          int columns = result.getMetaData().getColumnCount();
          while (result.next()) {
            StringBuilder row = new StringBuilder();
            for (int i = 1; i <= columns; i++) {
              row.append('|').append(result.getString(i));
            }
            rows.add(row.toString());
          }
        }
        tables.put(query.getKey(), rows);
      }
    } catch (SQLException e) {
      throw new AssertionError("cannot read " + file, e);
    }
    return tables;
  }

  /**
   * Returns the first rows that only one of the two has, marked with its side; empty when they are
   * equal.
   */
  static List<String> differences(
      Map<String, List<String>> ours, Map<String, List<String>> theirs) {
    List<String> differences = new ArrayList<>();
    for (String table : QUERIES.keySet()) {
      // Counts how many more times a row is in ours than in theirs.
      Map<String, Integer> more = new TreeMap<>();
      ours.getOrDefault(table, List.of()).forEach(row -> more.merge(row, 1, Integer::sum));
      theirs.getOrDefault(table, List.of()).forEach(row -> more.merge(row, -1, Integer::sum));
      more.forEach(
          (row, count) -> {
            if (count != 0 && differences.size() < MOST_DIFFERENCES) {
              differences.add(table + (count > 0 ? " ours   " : " theirs ") + row);
            }
          });
    }
    return differences;
  }

  /** Returns the tables that C fossil's rebuild makes of the same content. */
  static Map<String, List<String>> rebuiltByFossil(CFossil fossil, Path file, Path directory) {
    return of(rebuiltFileByFossil(fossil, file, directory));
  }

  /** Returns a copy that C fossil has rebuilt; the next call overwrites it. */
  static Path rebuiltFileByFossil(CFossil fossil, Path file, Path directory) {
    Path copy = directory.resolve("rebuilt.fossil");
    try {
      Files.deleteIfExists(copy);
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = connection.createStatement()) {
        statement.executeUpdate("VACUUM INTO '" + copy + "'");
      }
    } catch (SQLException | java.io.IOException e) {
      throw new AssertionError("cannot copy " + file, e);
    }
    fossil.run(directory, "rebuild", copy.toString());
    return copy;
  }
}
