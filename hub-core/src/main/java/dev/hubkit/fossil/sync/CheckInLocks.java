package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import java.io.IOException;
import java.util.List;

/**
 * The locks of clients that are about to commit, one for each parent check-in: kept in the {@code
 * config} table as in C fossil, so that each sees the other's locks. A lock ends when its client
 * releases it, when the check-in gets a child, or after a minute. Not thread-safe.
 */
final class CheckInLocks {
  private static final String PREFIX = "ci-lock-";
  private static final long DEFAULT_TIMEOUT_SECONDS = 60;

  private final Transaction transaction;
  private final DbTransaction session;

  CheckInLocks(Transaction transaction) {
    this.transaction = transaction;
    this.session = transaction.session();
  }

  /** Returns whether a {@code ci-lock} pragma has the values it needs; others are ignored. */
  static boolean isLock(List<String> values) {
    return values.size() == 2 && ArtifactName.isName(values.get(0));
  }

  /** Returns whether a {@code ci-unlock} pragma has the value it needs; others are ignored. */
  static boolean isUnlock(List<String> values) {
    return values.size() == 1;
  }

  /** Returns whether there is a lock. */
  static boolean anyIn(DbTransaction session) {
    return session.exists("SELECT 1 FROM config WHERE name GLOB 'ci-lock-*'");
  }

  /** Takes a lock, or tells the client which user holds it. */
  void lock(String checkIn, String clientId, String login, long now, XferCardWriter out)
      throws IOException {
    dropStale(now);
    Lock held =
        session.first(
            "SELECT value->>'login', value->>'clientid', mtime FROM config"
                + " WHERE name=? AND json_valid(value)",
            row -> new Lock(row.text(1), row.text(2), row.number(3)),
            PREFIX + checkIn);
    if (held == null) {
      session.run(
          "REPLACE INTO config(name,value,mtime)"
              + " VALUES(?,json_object('login',?,'clientid',?),?)",
          PREFIX + checkIn,
          login,
          clientId,
          now);
    } else if (!held.clientId().equals(clientId)) {
      out.pragma("ci-lock-fail", CardText.encode(held.login()), Long.toString(held.since()));
    }
  }

  /** Releases the locks of a client. */
  void unlock(String clientId) {
    session.run(
        "DELETE FROM config WHERE name GLOB 'ci-lock-*'"
            + " AND CASE WHEN json_valid(value) THEN value->>'clientid'=? ELSE 1 END",
        clientId);
  }

  private void dropStale(long now) {
    String setting = transaction.setting("lock-timeout");
    long timeout = DEFAULT_TIMEOUT_SECONDS;
    if (setting != null && setting.matches("[0-9]{1,9}")) {
      timeout = Long.parseLong(setting);
    }
    session.run(
        "DELETE FROM config WHERE name GLOB 'ci-lock-*' AND (mtime<=? OR NOT EXISTS("
            + "SELECT 1 FROM blob JOIN leaf USING(rid) WHERE uuid=substr(config.name,9)))",
        now - timeout);
  }

  private record Lock(String login, String clientId, long since) {}
}
