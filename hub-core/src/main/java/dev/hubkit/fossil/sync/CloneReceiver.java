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
 * Takes the compressed artifacts of a clone as they come, in the fewest statements: in which order
 * they can be read, whether they are true, and what they say is found out at the end, by the
 * rebuild that concludes a clone. {@link #settle()} is due at the end. Not thread-safe.
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
   * @param missing the records without content so far; kept up to date
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

  void take(Card.CompressedFile card) {
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

  /** The record it is in now, 0 when it was here already. */
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
   * Notes what the deltas stand on, which mostly comes after them: newer content has the full text.
   */
  void settle() {
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
