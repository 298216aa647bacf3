package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.content.DbTransaction;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes the igot cards by which a side announces what it has: no phantoms, no shunned artifacts,
 * and none that the other side is known to have.
 */
final class IgotSender {
  private static final String SENDABLE =
      " AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid=blob.uuid)"
          + " AND NOT EXISTS(SELECT 1 FROM phantom WHERE rid=blob.rid)"
          + " AND NOT EXISTS(SELECT 1 FROM private WHERE rid=blob.rid)";

  private IgotSender() {}

  /** Announces the artifacts that are in no cluster; returns how many cards that took. */
  static int unclustered(DbTransaction session, PeerState remote, XferCardWriter out)
      throws IOException {
    return send(
        session,
        "SELECT blob.rid, uuid FROM unclustered CROSS JOIN blob USING(rid) WHERE 1" + SENDABLE,
        remote,
        out);
  }

  /** Announces all artifacts, the latest first. */
  static int everything(DbTransaction session, PeerState remote, XferCardWriter out)
      throws IOException {
    return send(
        session,
        "SELECT rid, uuid FROM blob WHERE 1" + SENDABLE + " ORDER BY rid DESC",
        remote,
        out);
  }

  /** Announces the clusters that are in another cluster. */
  static int clusters(DbTransaction session, PeerState remote, XferCardWriter out)
      throws IOException {
    return send(
        session,
        "SELECT blob.rid, uuid FROM tagxref JOIN tag USING(tagid)"
            + " JOIN blob ON tagxref.rid=blob.rid WHERE tagname='cluster'"
            + " AND NOT EXISTS(SELECT 1 FROM unclustered WHERE rid=blob.rid)"
            + SENDABLE,
        remote,
        out);
  }

  /** Announces the private artifacts, marked as such. */
  static void privates(DbTransaction session, XferCardWriter out) throws IOException {
    for (String name :
        session.list(
            "SELECT uuid FROM private CROSS JOIN blob USING(rid) WHERE size>=0",
            row -> row.text(1))) {
      out.igot(name, true);
    }
  }

  private static int send(DbTransaction session, String sql, PeerState remote, XferCardWriter out)
      throws IOException {
    int[] sent = {0};
    try {
      session.each(
          sql,
          row -> {
            if (remote.isHolding(row.number(1))) {
              return;
            }
            try {
              out.igot(row.text(2), false);
              sent[0]++;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return sent[0];
  }
}
