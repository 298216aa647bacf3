package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The definition of the ticket tables, which a project may have in its {@code ticket-table}
 * setting. Since the setting can come from another repository, only definitions of these two tables
 * and of indexes are executed.
 */
final class TicketSchema {
  private static final Pattern ALLOWED =
      Pattern.compile(
          "(?is)(CREATE\\s+TABLE\\s+(IF\\s+NOT\\s+EXISTS\\s+)?|DROP\\s+TABLE\\s+(IF\\s+EXISTS\\s+)?)"
              + "(repository\\.)?[\"\\[`]?(ticket|ticketchng)\\b.*"
              + "|CREATE\\s+(UNIQUE\\s+)?INDEX\\s.*");
  private static final Pattern QUERY = Pattern.compile("(?i)\\bSELECT\\b");

  private final DbTransaction session;

  TicketSchema(DbTransaction session) {
    this.session = session;
  }

  void create() {
    session.script("DROP TABLE IF EXISTS ticket; DROP TABLE IF EXISTS ticketchng");
    String setting = session.text("SELECT value FROM config WHERE name='ticket-table'");
    if (setting == null) {
      session.script(Schema.TICKETS);
      return;
    }
    for (String statement : statements(setting)) {
      if (!ALLOWED.matcher(statement).matches() || QUERY.matcher(statement).find()) {
        String shown = statement.length() > 60 ? statement.substring(0, 60) + "..." : statement;
        throw new RepositoryException(
            "the setting ticket-table may only define the ticket tables, not: " + shown);
      }
      session.script(statement.replace("repository.", ""));
    }
  }

  /** Splits at semicolons outside of quotes, and removes comments. */
  private static List<String> statements(String sql) {
    List<String> statements = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (quote != 0) {
        statement.append(c);
        quote = c == quote ? 0 : quote;
      } else if (c == '-' && sql.startsWith("--", i)) {
        int end = sql.indexOf('\n', i);
        i = end < 0 ? sql.length() : end;
        statement.append('\n');
      } else if (c == '/' && sql.startsWith("/*", i)) {
        int end = sql.indexOf("*/", i + 2);
        i = end < 0 ? sql.length() : end + 1;
        statement.append(' ');
      } else if (c == ';') {
        add(statements, statement);
      } else {
        quote = c == '\'' || c == '"' || c == '`' ? c : c == '[' ? ']' : 0;
        statement.append(c);
      }
    }
    add(statements, statement);
    return statements;
  }

  private static void add(List<String> statements, StringBuilder statement) {
    String text = statement.toString().strip();
    if (!text.isEmpty()) {
      statements.add(text);
    }
    statement.setLength(0);
  }
}
