package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.UnversionedTable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unversioned files of a repository; valid as long as the {@link Snapshot} it comes from.
 * Source: Fossil's "Unversioned Content" document (www/unvers.wiki).
 */
public final class Unversioned {
  private final DbTransaction session;
  private final ContentStore content;
  private final UnversionedTable table;

  Unversioned(DbTransaction session, ContentStore content) {
    this.session = session;
    this.content = content;
    this.table = new UnversionedTable(session);
  }

  /** All files, in the order of their paths. */
  public List<UnversionedFile> all() {
    if (!table.exists()) {
      return List.of();
    }
    return session.list(
        "SELECT name, mtime, hash, sz FROM unversioned WHERE hash NOTNULL ORDER BY name",
        row ->
            new UnversionedFile(
                row.text(1), instant(row.number(2)), new ArtifactName(row.text(3)), row.number(4)));
  }

  // A client named the time, and it can name any.
  private static Instant instant(long seconds) {
    return Instant.ofEpochSecond(
        Math.max(Instant.MIN.getEpochSecond(), Math.min(seconds, Instant.MAX.getEpochSecond())));
  }

  /** The content of a file, null when there is none. */
  public byte @Nullable [] read(String path) {
    return table.read(path);
  }

  void put(String path, byte[] bytes, Instant now) {
    if (!Names.isSimplePath(path)) {
      throw new IllegalArgumentException("not a path: \"" + path + "\"");
    }
    table.put(
        path, now.getEpochSecond(), content.receiptNumber(), content.policy().name(bytes), bytes);
  }

  void remove(String path, Instant now) {
    table.put(path, now.getEpochSecond(), content.receiptNumber(), null, null);
  }
}
