package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.artifact.ClusterArtifact;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import java.util.List;

/**
 * Cluster artifacts: each names many others, so that two sides need not announce every artifact to
 * each other in every sync (sync.wiki, "Cluster artifacts"). Not thread-safe.
 */
final class Clusters {
  private static final int FEWEST_UNCLUSTERED = 100;
  private static final int LARGEST_CLUSTER = 800;

  private Clusters() {}

  /** Returns whether enough artifacts have arrived since the last cluster. */
  static boolean areDue(DbTransaction session) {
    return session.number(
            "SELECT count(*) FROM unclustered"
                + " WHERE NOT EXISTS(SELECT 1 FROM phantom WHERE rid=unclustered.rid)",
            0)
        >= FEWEST_UNCLUSTERED;
  }

  /**
   * Puts artifacts that are in no cluster into new ones of C fossil's size, if there are enough.
   */
  static void create(Transaction transaction) {
    DbTransaction session = transaction.session();
    if (!areDue(session)) {
      return;
    }
    List<ArtifactName> names =
        session.list(
            "SELECT uuid FROM unclustered JOIN blob USING(rid)"
                + " WHERE NOT EXISTS(SELECT 1 FROM phantom WHERE rid=unclustered.rid)"
                + " AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid=blob.uuid) ORDER BY 1",
            row -> new ArtifactName(row.text(1)));
    session.run(
        "DELETE FROM unclustered"
            + " WHERE NOT EXISTS(SELECT 1 FROM phantom WHERE rid=unclustered.rid)");
    int from = 0;
    while (from < names.size()) {
      int left = names.size() - from;
      int count = left > LARGEST_CLUSTER + FEWEST_UNCLUSTERED ? LARGEST_CLUSTER : left;
      ClusterArtifact cluster = new ClusterArtifact(names.subList(from, from + count));
      transaction.link(transaction.content().put(cluster.encode(), false));
      from += count;
    }
  }
}
