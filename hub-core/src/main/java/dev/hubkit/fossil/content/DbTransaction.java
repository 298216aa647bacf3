package dev.hubkit.fossil.content;

import dev.hubkit.time.TimeSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * One connection to the repository file inside a transaction of {@link Database}. Statements are
 * prepared once and kept. Parameters are strings, numbers, byte arrays, {@link ArtifactName}s,
 * booleans or null. For one thread at a time; errors of SQLite become {@link RepositoryException}s.
 */
public final class DbTransaction implements AutoCloseable {
  private static final int KEPT_STATEMENTS = 200;
  private static final int SQLITE_OK = 0;

  private final Connection connection;
  private final TimeSource time;
  private final Map<String, PreparedStatement> idle = new LinkedHashMap<>(64, 0.75f, true);

  DbTransaction(Connection connection, TimeSource time) {
    this.connection = connection;
    this.time = time;
  }

  /** The time of the repository's clock, which SQLite's {@code 'now'} does not follow. */
  public Instant now() {
    return time.now();
  }

  /** Runs a statement that changes something; returns how many rows it changed. */
  public int run(String sql, @Nullable Object... parameters) {
    PreparedStatement statement = take(sql);
    try {
      bind(statement, parameters);
      int changed = statement.executeUpdate();
      keep(sql, statement);
      return changed;
    } catch (SQLException e) {
      throw failed(sql, statement, e);
    }
  }

  /** Inserts a row; returns its rowid. */
  public long insert(String sql, @Nullable Object... parameters) {
    run(sql, parameters);
    return number("SELECT last_insert_rowid()", 0);
  }

  /** Runs statements without parameters, separated by semicolons. */
  public void script(String sql) {
    try (var statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  /** Calls {@code row} for each row of the answer. */
  public void each(String sql, Consumer<ResultRow> row, @Nullable Object... parameters) {
    scan(
        sql,
        r -> {
          row.accept(r);
          return true;
        },
        parameters);
  }

  /** Returns what {@code row} makes of each row of the answer. */
  public <T> List<T> list(String sql, Function<ResultRow, T> row, @Nullable Object... parameters) {
    List<T> list = new ArrayList<>();
    each(sql, r -> list.add(row.apply(r)), parameters);
    return list;
  }

  /** Returns what {@code row} makes of the first row of the answer, null without a row. */
  public <T> @Nullable T first(
      String sql, Function<ResultRow, T> row, @Nullable Object... parameters) {
    List<T> found = new ArrayList<>(1);
    scan(
        sql,
        r -> {
          found.add(row.apply(r));
          return false;
        },
        parameters);
    return found.isEmpty() ? null : found.get(0);
  }

  /** The number in the first column of the first row; {@code absent} without a row or for null. */
  public long number(String sql, long absent, @Nullable Object... parameters) {
    Long number = first(sql, row -> row.isNull(1) ? absent : row.number(1), parameters);
    return number == null ? absent : number;
  }

  /** The text in the first column of the first row; null without a row. */
  public @Nullable String text(String sql, @Nullable Object... parameters) {
    PreparedStatement statement = take(sql);
    try {
      bind(statement, parameters);
      String text;
      try (ResultSet result = statement.executeQuery()) {
        text = result.next() ? result.getString(1) : null;
      }
      keep(sql, statement);
      return text;
    } catch (SQLException e) {
      throw failed(sql, statement, e);
    }
  }

  /** Returns whether the answer has a row. */
  public boolean exists(String sql, @Nullable Object... parameters) {
    return first(sql, row -> true, parameters) != null;
  }

  /** Calls {@code row} for each row of the answer until it returns false. */
  public void scan(
      String sql, java.util.function.Predicate<ResultRow> row, @Nullable Object... parameters) {
    PreparedStatement statement = take(sql);
    try {
      bind(statement, parameters);
      try (ResultSet result = statement.executeQuery()) {
        ResultRow view = new ResultRow(result);
        boolean more = true;
        while (more && result.next()) {
          more = row.test(view);
        }
      }
      keep(sql, statement);
    } catch (SQLException e) {
      throw failed(sql, statement, e);
    } catch (RuntimeException | Error e) {
      close(statement);
      throw e;
    }
  }

  /** Returns what a backup of the file would hold. Outside a transaction. */
  byte[] image() {
    try {
      return sqlite().serialize("main");
    } catch (SQLException e) {
      throw new RepositoryException("cannot copy the repository: " + e.getMessage(), e);
    }
  }

  /**
   * Replaces the content of the file by that of {@code copy}, as one transaction. Outside a
   * transaction.
   */
  void restore(Path copy) {
    try {
      int result = sqlite().getDatabase().restore("main", copy.toString(), null);
      if (result != SQLITE_OK) {
        throw new RepositoryException("cannot restore the repository: SQLite says " + result);
      }
    } catch (SQLException e) {
      throw new RepositoryException("cannot restore the repository: " + e.getMessage(), e);
    }
  }

  private SQLiteConnection sqlite() {
    return (SQLiteConnection) connection;
  }

  void begin(boolean write) {
    script(write ? "BEGIN IMMEDIATE" : "BEGIN");
  }

  void commit() {
    script("COMMIT");
  }

  void rollback() {
    try {
      script("ROLLBACK");
    } catch (RepositoryException e) {
      // SQLite itself undoes what fails for lack of space.
      if (!String.valueOf(e.getMessage()).contains("no transaction is active")) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    idle.values().forEach(DbTransaction::close);
    idle.clear();
    try {
      connection.close();
    } catch (SQLException e) {
      throw new RepositoryException("cannot close the repository: " + e.getMessage(), e);
    }
  }

  /** A statement is out of the map while it runs, so that a row handler may run the same SQL. */
  private PreparedStatement take(String sql) {
    PreparedStatement statement = idle.remove(sql);
    if (statement != null) {
      return statement;
    }
    try {
      return connection.prepareStatement(sql);
    } catch (SQLException e) {
      throw failure(sql, e);
    }
  }

  private void keep(String sql, PreparedStatement statement) {
    PreparedStatement twin = idle.put(sql, statement);
    if (twin != null) {
      close(twin);
    }
    if (idle.size() > KEPT_STATEMENTS) {
      Iterator<PreparedStatement> oldest = idle.values().iterator();
      close(oldest.next());
      oldest.remove();
    }
  }

  private static void bind(PreparedStatement statement, @Nullable Object[] parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      Object value = parameters[i];
      if (value instanceof Long || value instanceof Integer) {
        statement.setLong(i + 1, ((Number) value).longValue());
      } else if (value instanceof String text) {
        statement.setString(i + 1, text);
      } else if (value instanceof byte[] bytes) {
        statement.setBytes(i + 1, bytes);
      } else if (value instanceof ArtifactName name) {
        statement.setString(i + 1, name.hex());
      } else if (value instanceof Double real) {
        statement.setDouble(i + 1, real);
      } else if (value instanceof Boolean flag) {
        statement.setLong(i + 1, flag ? 1 : 0);
      } else if (value == null) {
        statement.setObject(i + 1, null);
      } else {
        throw new IllegalArgumentException("no column type for " + value.getClass().getName());
      }
    }
  }

  private static RepositoryException failed(
      String sql, PreparedStatement statement, SQLException e) {
    close(statement);
    return failure(sql, e);
  }

  private static RepositoryException failure(String sql, SQLException e) {
    return new RepositoryException(e.getMessage() + " in: " + sql, e);
  }

  private static void close(PreparedStatement statement) {
    try {
      statement.close();
    } catch (SQLException e) {
      throw new RepositoryException("cannot close a statement: " + e.getMessage(), e);
    }
  }
}
