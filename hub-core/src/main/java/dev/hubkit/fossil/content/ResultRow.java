package dev.hubkit.fossil.content;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The row a query stands on; columns count from 1. Good until the query moves on. */
public final class ResultRow {
  private final ResultSet result;

  ResultRow(ResultSet result) {
    this.result = result;
  }

  /** A number; 0 for null. */
  public long number(int column) {
    try {
      return result.getLong(column);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** A floating-point number, such as a Julian day; 0 for null. */
  public double real(int column) {
    try {
      return result.getDouble(column);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Text, which must not be null. */
  public String text(int column) {
    String text = textOrNull(column);
    if (text == null) {
      throw new RepositoryException("column " + column + " is null where text was expected");
    }
    return text;
  }

  /** Text or null. */
  public @Nullable String textOrNull(int column) {
    try {
      return result.getString(column);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Bytes or null. */
  public byte @Nullable [] bytes(int column) {
    try {
      return result.getBytes(column);
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Returns whether the column is null. */
  public boolean isNull(int column) {
    try {
      return result.getObject(column) == null;
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private static RepositoryException failure(SQLException e) {
    return new RepositoryException("cannot read from the repository: " + e.getMessage(), e);
  }
}
