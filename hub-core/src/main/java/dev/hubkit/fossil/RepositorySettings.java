package dev.hubkit.fossil;

import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a repository: Fossil's table {@code config}.
 *
 * @param session the transaction in which they are read and changed
 */
record RepositorySettings(DbTransaction session) {
  /** The value of a setting, null when it is not set. */
  @Nullable String get(String name) {
    return session.text("SELECT value FROM config WHERE name=?", name);
  }

  /**
   * The value of a setting that every repository has.
   *
   * @throws RepositoryException if it is not set
   */
  String required(String name) {
    String value = get(name);
    if (value == null) {
      throw new RepositoryException("the repository has no " + name);
    }
    return value;
  }

  /** Forty digits that all clones of the project share. */
  String projectCode() {
    return required("project-code");
  }

  void set(String name, String value, Instant now) {
    session.run(
        "REPLACE INTO config(name,value,mtime) VALUES(?,?,?)", name, value, now.getEpochSecond());
  }

  void unset(String name) {
    session.run("DELETE FROM config WHERE name=?", name);
  }
}
