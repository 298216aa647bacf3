package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.MalformedContentException;
import dev.hubkit.fossil.content.UnversionedTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The unversioned files of a repository, for syncing: of two versions of a file the newer one wins,
 * and at the same time the one with the greater hash (unversioned-files document). Not thread-safe.
 */
final class UnversionedFiles {
  private final Snapshot snapshot;
  private final DbTransaction session;
  private final UnversionedTable table;

  UnversionedFiles(Snapshot snapshot) {
    this.snapshot = snapshot;
    this.session = snapshot.session();
    this.table = new UnversionedTable(session);
  }

  /**
   * A file or the mark that it was deleted.
   *
   * @param mtime seconds since 1970
   * @param hash null for the mark
   */
  record Entry(String name, long mtime, @Nullable ArtifactName hash, int size) {}

  /** How the file here compares to the one on the other side. */
  enum Comparison {
    /** The file is missing here. */
    UNKNOWN,
    /** The one on the other side wins. */
    OLDER,
    /** The content is the same, but the time on the other side is later. */
    OLDER_TIME,
    SAME,
    /** The content is the same, but the time here is later. */
    NEWER_TIME,
    /** The one here wins. */
    NEWER
  }

  /** Every file and mark. */
  List<Entry> list() {
    if (!table.exists()) {
      return List.of();
    }
    return session.list(
        "SELECT name, mtime, hash, sz FROM unversioned",
        row -> entry(row.text(1), row.number(2), row.textOrNull(3), row.number(4)));
  }

  private static Entry entry(String name, long mtime, @Nullable String hash, long size) {
    return hash == null
        ? new Entry(name, mtime, null, 0)
        : new Entry(name, mtime, new ArtifactName(hash), (int) size);
  }

  /** The entry of a name; null when there is none. */
  @Nullable Entry find(String name) {
    if (!table.exists()) {
      return null;
    }
    return session.first(
        "SELECT name, mtime, hash, sz FROM unversioned WHERE name=?",
        row -> entry(row.text(1), row.number(2), row.textOrNull(3), row.number(4)),
        name);
  }

  /** Compares the file here to the one on the other side. */
  Comparison compare(String name, long mtime, @Nullable ArtifactName hash) {
    Entry here = find(name);
    if (here == null) {
      return Comparison.UNKNOWN;
    }
    int byTime = Long.compare(here.mtime(), mtime);
    // A deleted file has the hash "-", which comes before every other.
    int byHash = text(here.hash()).compareTo(text(hash));
    if (byHash == 0) {
      return byTime < 0
          ? Comparison.OLDER_TIME
          : byTime == 0 ? Comparison.SAME : Comparison.NEWER_TIME;
    }
    return byTime < 0 || (byTime == 0 && byHash < 0) ? Comparison.OLDER : Comparison.NEWER;
  }

  private static String text(@Nullable ArtifactName hash) {
    return hash == null ? "-" : hash.hex();
  }

  /** Returns a hash of the catalog; two sides with equal hashes need not compare their catalogs. */
  String catalogHash() {
    String known = snapshot.setting("uv-hash");
    if (known != null) {
      return known;
    }
    StringBuilder catalog = new StringBuilder();
    if (table.exists()) {
      session.each(
          "SELECT name, datetime(mtime,'unixepoch'), hash FROM unversioned"
              + " WHERE hash IS NOT NULL ORDER BY name",
          row ->
              catalog
                  .append(row.text(1))
                  .append(' ')
                  .append(row.text(2))
                  .append(' ')
                  .append(row.text(3))
                  .append('\n'));
    }
    String hash = ArtifactName.sha1(catalog.toString().getBytes(StandardCharsets.UTF_8)).hex();
    if (snapshot instanceof Transaction transaction) {
      transaction.set("uv-hash", hash);
    }
    return hash;
  }

  /** Writes uvigot cards for all. */
  void sendCatalog(XferCardWriter out) throws IOException {
    for (Entry entry : list()) {
      announce(entry, out);
    }
  }

  void announce(Entry entry, XferCardWriter out) throws IOException {
    out.unversionedIgot(
        entry.name(),
        entry.mtime(),
        entry.hash() == null ? null : entry.hash().hex(),
        entry.size());
  }

  /** Writes the uvfile card of an entry. */
  void send(Entry entry, boolean timeOnly, XferCardWriter out) throws IOException {
    if (entry.hash() == null) {
      out.unversionedFile(
          new Card.UnversionedFile(
              entry.name(), entry.mtime(), null, 0, Card.UnversionedFile.DELETED, null));
      return;
    }
    byte[] content = timeOnly ? null : table.read(entry.name());
    int flags = content == null ? Card.UnversionedFile.NO_CONTENT : 0;
    out.unversionedFile(
        new Card.UnversionedFile(
            entry.name(),
            entry.mtime(),
            entry.hash(),
            content == null ? entry.size() : content.length,
            flags,
            content));
  }

  // ---- changes; the snapshot must be a transaction

  /**
   * Stores a file, unless the one here wins.
   *
   * @throws MalformedContentException if the content does not have the hash of the card
   */
  void receive(Card.UnversionedFile card) {
    byte[] content = card.content();
    ArtifactName hash = card.hash();
    if (content != null && hash != null && !hash.names(content)) {
      throw new MalformedContentException(
          "in uvfile line, hash does not match content: " + card.name());
    }
    switch (compare(card.name(), card.mtime(), hash)) {
      case SAME, NEWER_TIME, NEWER -> {
        return;
      }
      case OLDER_TIME -> touch(card.name(), card.mtime());
      case UNKNOWN, OLDER -> {
        if (hash == null) {
          markDeleted(card.name(), card.mtime());
        } else {
          table.put(card.name(), card.mtime(), snapshot.content().receiptNumber(), hash, content);
        }
      }
    }
  }

  void markDeleted(String name, long mtime) {
    if (table.exists()) {
      session.run(
          "UPDATE unversioned SET rcvid=?, mtime=?, hash=NULL, sz=0, encoding=0, content=NULL"
              + " WHERE name=?",
          snapshot.content().receiptNumber(),
          mtime,
          name);
      table.forgetCatalogHash();
    }
  }

  void touch(String name, long mtime) {
    session.run("UPDATE unversioned SET mtime=? WHERE name=?", mtime, name);
    table.forgetCatalogHash();
  }

  /** Removes a file, for a sync that replaces the files here by those of the other side. */
  void drop(String name) {
    session.run("DELETE FROM unversioned WHERE name=?", name);
    table.forgetCatalogHash();
  }
}
