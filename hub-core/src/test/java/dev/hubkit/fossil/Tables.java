package dev.hubkit.fossil;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The derived tables of a repository file in a form that can be compared. */
final class Tables {
  /**
   * Queries that leave out what is chance: numbers of tags and file names, the clock. Times are
   * compared to the millisecond, for C fossil writes them through decimals and loses the last bit.
   */
  private static final Map<String, String> QUERIES = new LinkedHashMap<>();

  static {
    String tag = "(SELECT tagname FROM tag t WHERE t.tagid=";
    QUERIES.put(
        "event",
        "SELECT type,CAST(round(mtime*86400000) AS INT),objid,"
            + tag
            + "event.tagid),uid,bgcolor,euser,user,ecomment,comment,brief,"
            + "CAST(round(omtime*86400000) AS INT) FROM event");
    QUERIES.put(
        "mlink",
        "SELECT mid,fid,pmid,pid,(SELECT name FROM filename f WHERE f.fnid=mlink.fnid),"
            + "(SELECT name FROM filename f WHERE f.fnid=mlink.pfnid),mperm,isaux FROM mlink");
    QUERIES.put(
        "plink", "SELECT pid,cid,isprim,CAST(round(mtime*86400000) AS INT),baseid FROM plink");
    QUERIES.put("leaf", "SELECT rid FROM leaf");
    QUERIES.put("phantom", "SELECT rid FROM phantom");
    QUERIES.put("orphan", "SELECT rid,baseline FROM orphan");
    QUERIES.put("private", "SELECT rid FROM private");
    QUERIES.put("unclustered", "SELECT rid FROM unclustered");
    QUERIES.put("filename", "SELECT name FROM filename");
    QUERIES.put("tag", "SELECT tagname FROM tag");
    QUERIES.put(
        "tagxref",
        "SELECT tagname,tagtype,srcid,origid,value,"
            + "CASE WHEN tagname='cluster' THEN 0 ELSE CAST(round(mtime*86400000) AS INT) END,rid"
            + " FROM tagxref JOIN tag USING(tagid)");
    QUERIES.put(
        "backlink",
        "SELECT target,srctype,CASE srctype WHEN 2 THEN "
            + tag
            + "srcid) ELSE srcid END,CAST(round(mtime*86400000) AS INT) FROM backlink");
    QUERIES.put(
        "attachment",
        "SELECT attachid,isLatest,CAST(round(mtime*86400000) AS INT),src,target,filename,comment,user"
            + " FROM attachment");
    QUERIES.put("cherrypick", "SELECT parentid,childid,isExclude FROM cherrypick");
    QUERIES.put(
        "ticket",
        "SELECT tkt_uuid,CAST(round(tkt_mtime*86400000) AS INT),CAST(round(tkt_ctime*86400000) AS INT),type,status,subsystem,"
            + "priority,severity,foundin,private_contact,resolution,title,comment FROM ticket");
    QUERIES.put(
        "ticketchng",
        "SELECT (SELECT tkt_uuid FROM ticket t WHERE t.tkt_id=ticketchng.tkt_id),tkt_rid,"
            + "CAST(round(tkt_mtime*86400000) AS INT),tkt_user,login,username,mimetype,icomment FROM ticketchng");
    QUERIES.put(
        "forumpost",
        "SELECT fpid,froot,fprev,firt,CAST(round(fmtime*86400000) AS INT) FROM forumpost");
  }

  private Tables() {}

  /** All rows of all derived tables, sorted. */
  static Map<String, List<String>> of(Path file) {
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
        try (ResultSet result = statement.executeQuery(query.getValue())) {
          int columns = result.getMetaData().getColumnCount();
          while (result.next()) {
            StringBuilder row = new StringBuilder();
            for (int i = 1; i <= columns; i++) {
              row.append('|').append(result.getString(i));
            }
            rows.add(row.toString());
          }
        }
        Collections.sort(rows);
        tables.put(query.getKey(), rows);
      }
    } catch (SQLException e) {
      throw new AssertionError("cannot read " + file, e);
    }
    return tables;
  }

  /** The rows that only one of the two has, marked with it; empty when they are equal. */
  static List<String> differences(
      Map<String, List<String>> ours, Map<String, List<String>> theirs) {
    List<String> differences = new ArrayList<>();
    for (String table : QUERIES.keySet()) {
      List<String> left = new ArrayList<>(ours.getOrDefault(table, List.of()));
      List<String> right = new ArrayList<>(theirs.getOrDefault(table, List.of()));
      theirs.getOrDefault(table, List.of()).forEach(left::remove);
      ours.getOrDefault(table, List.of()).forEach(right::remove);
      left.forEach(row -> differences.add(table + " ours   " + row));
      right.forEach(row -> differences.add(table + " theirs " + row));
    }
    return differences;
  }

  /** What C fossil's rebuild makes of the same content. */
  static Map<String, List<String>> rebuiltByFossil(CFossil fossil, Path file, Path directory) {
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
    return of(copy);
  }
}
