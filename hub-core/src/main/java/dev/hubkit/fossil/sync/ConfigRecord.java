package dev.hubkit.fossil.sync;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a config card: a time, a key, and columns with their values, the latter as SQL
 * literals (configure.c). Accepts only literals: strings, blobs, integers, NULL.
 *
 * @param time seconds since 1970, for reports a Julian day; digits and at most one point
 * @param key the SQL literal of the primary key
 */
record ConfigRecord(String time, String key, List<Column> columns) {
  private static final int MOST_COLUMNS = 10;

  /** A column of the row and the SQL literal of its value. */
  record Column(String name, String literal) {}

  /** Parses content; null when it does not have that form. */
  static @Nullable ConfigRecord parse(String content) {
    List<String> tokens = new ArrayList<>();
    int at = 0;
    while (tokens.size() < 2 + 2 * MOST_COLUMNS) {
      while (at < content.length() && content.charAt(at) <= ' ') {
        at++;
      }
      if (at == content.length()) {
        break;
      }
      int end = tokenEnd(content, at);
      tokens.add(content.substring(at, end));
      at = end;
    }
    if (tokens.size() < 2
        || tokens.size() % 2 != 0
        || !tokens.get(0).matches("[0-9]{1,18}(\\.[0-9]{1,18})?")
        || !isLiteral(tokens.get(1))) {
      return null;
    }
    List<Column> columns = new ArrayList<>();
    for (int i = 2; i < tokens.size(); i += 2) {
      if (!tokens.get(i).matches("[a-z]{1,30}") || !isLiteral(tokens.get(i + 1))) {
        return null;
      }
      columns.add(new Column(tokens.get(i), tokens.get(i + 1)));
    }
    return new ConfigRecord(tokens.get(0), tokens.get(1), columns);
  }

  private static int tokenEnd(String content, int start) {
    int at = start;
    int quote = content.charAt(at) == '\'' ? at : at + 1;
    if (quote < content.length()
        && content.charAt(quote) == '\''
        && (quote == at || content.charAt(at) == 'x' || content.charAt(at) == 'X')) {
      at = quote + 1;
      while (at < content.length()) {
        if (content.charAt(at) == '\'') {
          if (at + 1 == content.length() || content.charAt(at + 1) != '\'') {
            return at + 1;
          }
          at++;
        }
        at++;
      }
      return at;
    }
    while (at < content.length() && content.charAt(at) > ' ') {
      at++;
    }
    return at;
  }

  private static boolean isLiteral(String token) {
    if (token.matches("NULL|[0-9]{1,18}|[xX]'[0-9a-fA-F]*'")) {
      return true;
    }
    if (token.length() < 2 || token.charAt(0) != '\'' || token.indexOf('\0') >= 0) {
      return false;
    }
    for (int i = 1; i < token.length() - 1; i++) {
      if (token.charAt(i) == '\'' && token.charAt(++i) != '\'') {
        return false;
      }
      if (i == token.length() - 1) {
        return false;
      }
    }
    return token.endsWith("'");
  }
}
