package dev.hubkit.fossil.content;

/**
 * The driver of SQLite, which a program that uses NATS alone may leave out. Whatever opens a
 * repository asks here first, before it creates a file.
 */
public final class SqliteDriver {
  private SqliteDriver() {}

  /**
   * Fails without it.
   *
   * @throws RepositoryException that says what to add
   */
  public static void require() {
    try {
      Class.forName("org.sqlite.SQLiteConfig", false, SqliteDriver.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new RepositoryException(
          "a repository is kept by SQLite, whose driver is missing: add org.xerial:sqlite-jdbc, or"
              + " do without Fossil",
          e);
    }
  }
}
