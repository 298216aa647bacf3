package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.CompressedBlob;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.MalformedContentException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Stores the compressed artifacts of a clone as they arrive, with the fewest statements. The
 * rebuild that concludes a clone finds out in which order they can be read, whether they match
 * their names, and what they say. {@link #linkDeltas()} has to be called at the end. Not
 * thread-safe.
 */
final class CloneReceiver {
  private final Transaction transaction;
  private final DbTransaction session;
  private final Set<Long> missing;
  private final boolean takesPrivate;
  private final Map<Long, ArtifactName> waiting = new LinkedHashMap<>();
  private boolean nextIsPrivate;
  private int received;

  /**
   * @param missing the records without content so far; updated on the way
   */
  CloneReceiver(Transaction transaction, Set<Long> missing, boolean takesPrivate) {
    this.transaction = transaction;
    this.session = transaction.session();
    this.missing = missing;
    this.takesPrivate = takesPrivate;
  }

  void expectPrivate() {
    nextIsPrivate = true;
  }

  int received() {
    return received;
  }

  void receive(Card.CompressedFile card) {
    boolean isPrivate = nextIsPrivate;
    nextIsPrivate = false;
    if (isPrivate && !takesPrivate) {
      return;
    }
    if (CompressedBlob.size(card.content()) < 0 || card.size() > CompressedBlob.LARGEST) {
      throw new MalformedContentException("artifact " + card.name() + " is too large");
    }
    long rid = store(card);
    if (rid == 0) {
      return;
    }
    received++;
    ArtifactName source = card.source();
    if (source != null) {
      waiting.put(rid, source);
    }
    if (isPrivate) {
      session.run("INSERT OR IGNORE INTO private VALUES(?)", rid);
    }
  }

  /** Returns the new record, 0 when the artifact was here already. */
  private long store(Card.CompressedFile card) {
    long from = transaction.content().receiptNumber();
    long inserted =
        session.number(
            "INSERT INTO blob(rcvid,size,uuid,content) VALUES(?,?,?,?)"
                + " ON CONFLICT(uuid) DO NOTHING RETURNING rid",
            0,
            from,
            card.size(),
            card.name(),
            card.content());
    if (inserted != 0) {
      return inserted;
    }
    long rid = transaction.content().rid(card.name());
    if (!missing.remove(rid)) {
      return 0;
    }
    session.run(
        "UPDATE blob SET rcvid=?, size=?, content=? WHERE rid=?",
        from,
        card.size(),
        card.content(),
        rid);
    session.run("DELETE FROM phantom WHERE rid=?", rid);
    return rid;
  }

  /**
   * Records the bases of deltas, which mostly arrive after them, since newer content is stored in
   * full.
   */
  void linkDeltas() {
    waiting.forEach(
        (rid, name) -> session.run("REPLACE INTO delta(rid,srcid) VALUES(?,?)", rid, source(name)));
    waiting.clear();
  }

  private long source(ArtifactName name) {
    long rid = transaction.content().rid(name);
    if (rid == 0) {
      rid = session.insert("INSERT INTO blob(rcvid,size,uuid,content) VALUES(0,-1,?,NULL)", name);
      session.run("INSERT INTO phantom VALUES(?)", rid);
      missing.add(rid);
    }
    return rid;
  }
}
