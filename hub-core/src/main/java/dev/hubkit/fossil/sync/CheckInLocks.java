package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.DbTransaction;
import java.io.IOException;

/**
 * Who is about to commit to which check-in: kept in the {@code config} table as C fossil does, so
 * that both see each other's locks. A lock ends with its client's word, with the check-in getting a
 * child, or after a minute. Not thread-safe.
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

  /** Whether there is any lock to give up. */
  static boolean anyIn(DbTransaction session) {
    return session.exists("SELECT 1 FROM config WHERE name GLOB 'ci-lock-*'");
  }

  /** Takes a lock, or says who has it. */
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

  /** Gives up what a client holds. */
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
