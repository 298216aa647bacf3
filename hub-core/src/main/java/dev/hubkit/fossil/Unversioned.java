package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.UnversionedTable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unversioned files of a repository; good as long as the {@link Snapshot} it comes from.
 * Source: Fossil's "Unversioned Content" document (www/unvers.wiki).
 */
public final class Unversioned {
  private final DbTransaction session;
  private final UnversionedTable table;

  Unversioned(Snapshot snapshot) {
    this.session = snapshot.session();
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

  // A client has named it, and can name any.
  private static Instant instant(long seconds) {
    return Instant.ofEpochSecond(
        Math.max(Instant.MIN.getEpochSecond(), Math.min(seconds, Instant.MAX.getEpochSecond())));
  }

  /** The content of a file, null when there is none. */
  public byte @Nullable [] read(String path) {
    return table.read(path);
  }

  static void put(Transaction transaction, String path, byte[] content) {
    if (!Names.isSimplePath(path)) {
      throw new IllegalArgumentException("not a path: \"" + path + "\"");
    }
    write(transaction, path, transaction.content().policy().name(content), content);
  }

  static void remove(Transaction transaction, String path) {
    write(transaction, path, null, null);
  }

  private static void write(
      Transaction transaction,
      String path,
      @Nullable ArtifactName hash,
      byte @Nullable [] content) {
    new UnversionedTable(transaction.session())
        .put(
            path,
            transaction.now().getEpochSecond(),
            transaction.content().receiptNumber(),
            hash,
            content);
  }
}
