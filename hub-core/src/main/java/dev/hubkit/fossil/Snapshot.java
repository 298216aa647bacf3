package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.Session;
import org.jspecify.annotations.Nullable;

/** One consistent view of a repository; good inside {@link FossilRepository#read}. */
public sealed class Snapshot permits Transaction {
  private final Session session;
  private final ContentStore content;

  Snapshot(Database database, Session session) {
    this.session = session;
    this.content = new ContentStore(database, session);
  }

  /** The tables. */
  public final Session session() {
    return session;
  }

  /** The artifacts. */
  public final ContentStore content() {
    return content;
  }

  /** A setting of the repository (table {@code config}), null when it is not set. */
  public final @Nullable String setting(String name) {
    return session.text("SELECT value FROM config WHERE name=?", name);
  }

  /** Forty digits that all clones of the project share. */
  public final String projectCode() {
    return required("project-code");
  }

  /** Forty digits that are this repository's own. */
  public final String serverCode() {
    return required("server-code");
  }

  private String required(String name) {
    String value = setting(name);
    if (value == null) {
      throw new dev.hubkit.fossil.content.RepositoryException("the repository has no " + name);
    }
    return value;
  }
}
