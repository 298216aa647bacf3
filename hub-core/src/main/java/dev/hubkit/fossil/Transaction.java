package dev.hubkit.fossil;

import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.Session;
import dev.hubkit.time.TimeSource;

/** A view of a repository that can be written to; good inside {@link FossilRepository#write}. */
public final class Transaction extends Snapshot {
  private final TimeSource time;

  Transaction(Database database, Session session, TimeSource time) {
    super(database, session);
    this.time = time;
  }

  /** Changes a setting of the repository (table {@code config}). */
  public void set(String name, String value) {
    session()
        .run(
            "REPLACE INTO config(name,value,mtime) VALUES(?,?,?)",
            name,
            value,
            time.now().getEpochSecond());
  }

  /** Takes a setting away, so that its default holds. */
  public void unset(String name) {
    session().run("DELETE FROM config WHERE name=?", name);
  }

  /** What is due before the transaction commits. */
  void finish() {
    content().verify();
  }
}
