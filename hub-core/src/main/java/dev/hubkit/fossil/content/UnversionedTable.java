package dev.hubkit.fossil.content;

import org.jspecify.annotations.Nullable;

/**
 * Table {@code unversioned}, which is made when the first file comes: files by name, and marks of
 * those that were deleted. Source: Fossil's "Unversioned Content" document. Not thread-safe.
 */
public final class UnversionedTable {
  private static final String SCHEMA =
      """
      CREATE TABLE IF NOT EXISTS unversioned(
        uvid INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        rcvid INTEGER,
        mtime DATETIME,
        hash TEXT,
        sz INTEGER,
        encoding INT,
        content BLOB
      )""";

  /** Compressed content is kept when it is smaller than this part of it. */
  private static final double WORTH_PACKING = 0.8;

  private final DbTransaction session;

  /** In the transaction of {@code session}. */
  public UnversionedTable(DbTransaction session) {
    this.session = session;
  }

  /** Returns whether there is such a table. */
  public boolean exists() {
    return session.exists("SELECT 1 FROM sqlite_schema WHERE type='table' AND name='unversioned'");
  }

  /** The content of a file; null when it is deleted, unknown or was never sent. */
  public byte @Nullable [] read(String name) {
    if (!exists()) {
      return null;
    }
    return session.first(
        "SELECT encoding, content FROM unversioned WHERE name=? AND content NOTNULL",
        row -> {
          byte[] stored = row.bytes(2);
          if (stored == null) {
            throw new MalformedContentException("unversioned file " + name + " has no content");
          }
          return row.number(1) == 0 ? stored : CompressedBlob.unpack(stored);
        },
        name);
  }

  /**
   * Adds or replaces a file.
   *
   * @param mtime seconds since 1970
   * @param receipt the row of {@code rcvfrom}
   * @param hash null for the mark of one that was deleted
   * @param content null where it is not known
   */
  public void put(
      String name,
      long mtime,
      long receipt,
      @Nullable ArtifactName hash,
      byte @Nullable [] content) {
    byte[] stored = content;
    boolean isPacked = false;
    if (content != null) {
      byte[] packed = CompressedBlob.pack(content);
      isPacked = packed.length < WORTH_PACKING * content.length;
      stored = isPacked ? packed : content;
    }
    session.script(SCHEMA);
    session.run(
        "REPLACE INTO unversioned(name,rcvid,mtime,hash,sz,encoding,content)"
            + " VALUES(?,?,?,?,?,?,?)",
        name,
        receipt,
        mtime,
        hash,
        content == null ? 0 : content.length,
        isPacked,
        stored);
    forgetCatalogHash();
  }

  /** What a sync compares first is made again when it is asked for. */
  public void forgetCatalogHash() {
    session.run("DELETE FROM config WHERE name='uv-hash'");
  }
}
