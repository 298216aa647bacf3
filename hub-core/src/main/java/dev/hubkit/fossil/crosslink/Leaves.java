package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.content.DbTransaction;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Table {@code leaf}: check-ins without a child on the same branch. They are updated once, at the
 * end of a transaction.
 */
final class Leaves {
  private static final String HAS_CHILD_ON_BRANCH =
      "SELECT 1 FROM plink WHERE pid=?1"
          + " AND coalesce((SELECT value FROM tagxref WHERE tagid=8 AND rid=?1),'trunk')"
          + "=coalesce((SELECT value FROM tagxref WHERE tagid=8 AND rid=plink.cid),'trunk')";

  private final DbTransaction session;
  private final Set<Long> doubtful = new LinkedHashSet<>();

  Leaves(DbTransaction session) {
    this.session = session;
  }

  /**
   * Notes that a check-in or its children changed their branch, so that it and its parents may have
   * become leaves, or ceased to be.
   */
  void doubt(long rid) {
    doubtful.add(rid);
    session.each(
        "SELECT pid FROM plink WHERE cid=? AND pid>0", row -> doubtful.add(row.number(1)), rid);
  }

  void update() {
    for (long rid : doubtful) {
      boolean leaf = !session.exists(HAS_CHILD_ON_BRANCH, rid);
      session.run(
          leaf ? "INSERT OR IGNORE INTO leaf VALUES(?)" : "DELETE FROM leaf WHERE rid=?", rid);
    }
    doubtful.clear();
  }
}
