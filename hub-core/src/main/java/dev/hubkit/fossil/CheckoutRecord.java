package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The database in which C fossil keeps what a checkout directory holds. */
final class CheckoutRecord {
  private static final String[] NAMES = {".fslckout", "_FOSSIL_"};
  private static final int APPLICATION_ID = 252006674;
  private static final String SCHEMA =
      """
      CREATE TABLE vvar(
        name TEXT PRIMARY KEY NOT NULL,
        value CLOB,
        CHECK( typeof(name)='text' AND length(name)>=1 )
      );
      CREATE TABLE vfile(
        id INTEGER PRIMARY KEY,
        vid INTEGER REFERENCES blob,
        chnged INT DEFAULT 0,
        deleted BOOLEAN DEFAULT 0,
        isexe BOOLEAN,
        islink BOOLEAN,
        rid INTEGER,
        mrid INTEGER,
        mtime INTEGER,
        pathname TEXT,
        origname TEXT,
        mhash TEXT,
        UNIQUE(pathname,vid)
      );
      CREATE TABLE vmerge(
        id INTEGER REFERENCES vfile,
        merge INTEGER,
        mhash TEXT
      );
      CREATE UNIQUE INDEX vmergex1 ON vmerge(id,mhash);
      CREATE TRIGGER vmerge_ck1 AFTER INSERT ON vmerge
      WHEN new.mhash IS NULL BEGIN
        SELECT raise(FAIL,
        'trying to update a newer check-out with an older version of Fossil');
      END;
      """;

  private final Path directory;

  CheckoutRecord(Path directory) {
    this.directory = directory;
  }

  /**
   * A file of the checkout.
   *
   * @param origin its name in the check-in, which differs when a user told C fossil to rename it
   * @param rid its content in the check-in, 0 for a file that a user told C fossil to add
   * @param mtime when it was written, in seconds since 1970
   * @param isDeleted whether a user told C fossil to remove it
   */
  record Entry(
      String path,
      String origin,
      long rid,
      boolean isExecutable,
      boolean isLink,
      long mtime,
      boolean isDeleted) {
    Entry(String path, long rid, boolean isExecutable, boolean isLink, long mtime) {
      this(path, path, rid, isExecutable, isLink, mtime, false);
    }
  }

  private Path file() {
    for (String name : NAMES) {
      if (Files.isRegularFile(directory.resolve(name))) {
        return directory.resolve(name);
      }
    }
    return directory.resolve(NAMES[0]);
  }

  boolean exists() {
    return Files.isRegularFile(file());
  }

  ArtifactName checkIn() {
    List<String> found =
        query("SELECT value FROM vvar WHERE name='checkout-hash'", result -> result.getString(1));
    if (found.isEmpty()) {
      throw new RepositoryException(directory + " does not say which check-in it holds");
    }
    return new ArtifactName(found.get(0));
  }

  List<Entry> entries() {
    return query(
        "SELECT pathname, coalesce(origname,pathname), rid, isexe, islink, mtime, deleted"
            + " FROM vfile WHERE vid="
            + "(SELECT CAST(value AS INT) FROM vvar WHERE name='checkout') ORDER BY pathname",
        result ->
            new Entry(
                result.getString(1),
                result.getString(2),
                result.getLong(3),
                result.getBoolean(4),
                result.getBoolean(5),
                result.getLong(6),
                result.getBoolean(7)));
  }

  /** The repository file, relative to the directory unless absolute. */
  String repository() {
    List<String> found =
        query("SELECT value FROM vvar WHERE name='repository'", result -> result.getString(1));
    if (found.isEmpty()) {
      throw new RepositoryException(directory + " does not say which repository it is of");
    }
    return found.get(0);
  }

  /** Returns whether changes of another check-in have been merged in that are not committed yet. */
  boolean isMerging() {
    return !query("SELECT 1 FROM vmerge LIMIT 1", result -> 1).isEmpty();
  }

  private interface Reader<T> {
    T read(ResultSet result) throws SQLException;
  }

  private <T> List<T> query(String sql, Reader<T> reader) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<T> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(reader.read(result));
      }
      return rows;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Records a whole checkout in place of what was recorded. */
  void write(Path repository, long rid, ArtifactName checkIn, List<Entry> entries) {
    boolean isNew = !exists();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      if (isNew) {
        statement.executeUpdate("PRAGMA application_id=" + APPLICATION_ID);
        statement.executeUpdate(SCHEMA);
      }
      statement.executeUpdate("DELETE FROM vfile");
      statement.executeUpdate("DELETE FROM vmerge");
      try (PreparedStatement set =
          connection.prepareStatement("REPLACE INTO vvar(name,value) VALUES(?,?)")) {
        set(set, "repository", repository.toAbsolutePath().toString());
        set(set, "checkout", String.valueOf(rid));
        set(set, "checkout-hash", checkIn.hex());
        set(set, "undo_available", "0");
        set(set, "undo_checkout", "0");
      }
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO vfile(vid,chnged,deleted,isexe,islink,rid,mrid,mtime,pathname)"
                  + " VALUES(?1,0,0,?2,?3,?4,?4,?5,?6)")) {
        for (Entry entry : entries) {
          insert.setLong(1, rid);
          insert.setBoolean(2, entry.isExecutable());
          insert.setBoolean(3, entry.isLink());
          insert.setLong(4, entry.rid());
          insert.setLong(5, entry.mtime());
          insert.setString(6, entry.path());
          insert.executeUpdate();
        }
      }
      connection.commit();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private static void set(PreparedStatement set, String name, String value) throws SQLException {
    set.setString(1, name);
    set.setString(2, value);
    set.executeUpdate();
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }

  private RepositoryException failure(SQLException e) {
    return new RepositoryException(
        "cannot use the record of the checkout " + directory + ": " + e.getMessage(), e);
  }
}
