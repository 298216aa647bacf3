package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.CompressedBlob;
import dev.hubkit.fossil.content.Session;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unversioned files of a repository; good as long as the {@link Snapshot} it comes from.
 * Source: Fossil's "Unversioned Content" document (www/unvers.wiki).
 */
public final class Unversioned {
  private final Session session;

  Unversioned(Snapshot snapshot) {
    this.session = snapshot.session();
  }

  private static boolean exists(Session session) {
    return session.exists("SELECT 1 FROM sqlite_schema WHERE name='unversioned'");
  }

  /** All files, in the order of their paths. */
  public List<UnversionedFile> all() {
    if (!exists(session)) {
      return List.of();
    }
    return session.list(
        "SELECT name, mtime, hash, sz FROM unversioned WHERE hash NOTNULL ORDER BY name",
        row ->
            new UnversionedFile(
                row.text(1),
                Instant.ofEpochSecond(row.number(2)),
                new ArtifactName(row.text(3)),
                row.number(4)));
  }

  /** The content of a file, null when there is none. */
  public byte @Nullable [] read(String path) {
    if (!exists(session)) {
      return null;
    }
    return session.first(
        "SELECT content, encoding FROM unversioned WHERE name=? AND hash NOTNULL",
        row -> {
          byte[] stored = row.bytes(1);
          byte[] content = stored == null ? new byte[0] : stored;
          return row.number(2) == 1 ? CompressedBlob.unpack(content) : content;
        },
        path);
  }

  static void put(Transaction transaction, String path, byte[] content) {
    if (!Names.isSimplePath(path)) {
      throw new IllegalArgumentException("not a path: \"" + path + "\"");
    }
    byte[] packed = CompressedBlob.pack(content);
    boolean pays = packed.length < content.length * 0.8;
    write(
        transaction,
        path,
        transaction.content().policy().name(content),
        content.length,
        pays,
        pays ? packed : content);
  }

  static void remove(Transaction transaction, String path) {
    write(transaction, path, null, 0, false, null);
  }

  private static void write(
      Transaction transaction,
      String path,
      @Nullable ArtifactName hash,
      int size,
      boolean packed,
      byte @Nullable [] content) {
    Session session = transaction.session();
    session.script(
        "CREATE TABLE IF NOT EXISTS unversioned(uvid INTEGER PRIMARY KEY AUTOINCREMENT,"
            + " name TEXT UNIQUE, rcvid INTEGER, mtime DATETIME, hash TEXT, sz INTEGER,"
            + " encoding INT, content BLOB)");
    session.run(
        "REPLACE INTO unversioned(name,rcvid,mtime,hash,sz,encoding,content)"
            + " VALUES(?,?,?,?,?,?,?)",
        path,
        transaction.content().receiptNumber(),
        transaction.now().getEpochSecond(),
        hash,
        size,
        packed,
        content);
    transaction.unset("uv-hash"); // what a sync compares first, made again when asked for
  }
}
