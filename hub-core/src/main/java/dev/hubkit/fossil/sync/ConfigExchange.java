package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Transaction;
import dev.hubkit.fossil.content.DbTransaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sends and receives configuration; newer values replace older ones. Not thread-safe. */
final class ConfigExchange {
  private final DbTransaction session;

  ConfigExchange(Snapshot snapshot) {
    this.session = snapshot.session();
  }

  /**
   * A table that is synced besides {@code config}.
   *
   * @param columns all but the key and the time, in the order they are sent
   */
  private record Table(
      String name, ConfigArea area, String key, List<String> columns, String condition) {}

  private static final List<Table> TABLES =
      List.of(
          new Table("shun", ConfigArea.SHUN, "uuid", List.of("scom"), "1"),
          new Table(
              "user", ConfigArea.USER, "login", List.of("pw", "cap", "info", "photo", "jx"), "1"),
          new Table(
              "reportfmt",
              ConfigArea.TICKET,
              "title",
              List.of("owner", "cols", "sqlcode", "jx"),
              "1"),
          new Table("concealed", ConfigArea.EMAIL, "hash", List.of("content"), "1"),
          new Table(
              "subscriber",
              ConfigArea.SUBSCRIBER,
              "semail",
              List.of("suname", "sdigest", "sdonotcall", "ssub", "sctime", "smip"),
              "sverified"));

  /** Answers a reqconfig card with what the user may see. */
  void send(String name, UserAccess access, XferCardWriter out) throws IOException {
    Set<ConfigArea> areas = EnumSet.noneOf(ConfigArea.class);
    for (ConfigArea area : ConfigArea.named(name)) {
      if (mayTravel(area, access)) {
        areas.add(area);
      }
    }
    send(areas, out);
  }

  private static boolean mayTravel(ConfigArea area, UserAccess access) {
    return switch (area) {
      case USER, SUBSCRIBER -> access.may(Capability.ADMIN);
      case EMAIL -> access.may(Capability.READ_ADDRESSES);
      default -> true;
    };
  }

  /** Writes config cards for areas; returns how many. */
  int send(Set<ConfigArea> areas, XferCardWriter out) throws IOException {
    int sent = 0;
    for (Table table : TABLES) {
      if (areas.contains(table.area) && exists(table.name)) {
        sent += sendTable(table, out);
      }
    }
    if (areas.contains(ConfigArea.ALIAS)) {
      sent += sendSettings("name GLOB 'walias:/*'", null, out);
    }
    if (areas.contains(ConfigArea.INTERWIKI)) {
      sent += sendSettings("name GLOB 'interwiki:*'", null, out);
    }
    for (ConfigArea area : areas) {
      for (String setting : area.settings()) {
        sent += sendSettings("name=?", setting, out);
      }
    }
    return sent;
  }

  private int sendTable(Table table, XferCardWriter out) throws IOException {
    List<String> columns = present(table);
    StringBuilder sql = new StringBuilder("SELECT mtime, quote(").append(table.key).append(')');
    for (String column : columns) {
      sql.append(", quote(").append(column).append(')');
    }
    sql.append(" FROM ").append(table.name).append(" WHERE mtime>=0 AND ").append(table.condition);
    List<String> records =
        session.list(
            sql.toString(),
            row -> {
              StringBuilder text = new StringBuilder();
              text.append(row.text(1)).append(' ').append(row.text(2));
              for (int i = 0; i < columns.size(); i++) {
                String literal = row.text(3 + i);
                if (!literal.equals("NULL")) {
                  text.append(' ').append(columns.get(i)).append(' ').append(literal);
                }
              }
              return text.toString();
            });
    return write("/" + table.name, records, out);
  }

  private int sendSettings(String condition, @Nullable String parameter, XferCardWriter out)
      throws IOException {
    String sql =
        "SELECT mtime, quote(name), quote(value) FROM config WHERE mtime>=0 AND " + condition;
    Object[] parameters = parameter == null ? new Object[0] : new Object[] {parameter};
    return write(
        "/config",
        session.list(
            sql, row -> row.text(1) + ' ' + row.text(2) + " value " + row.text(3), parameters),
        out);
  }

  private static int write(String card, List<String> records, XferCardWriter out)
      throws IOException {
    for (String record : records) {
      out.config(card, record.getBytes(StandardCharsets.UTF_8));
    }
    return records.size();
  }

  /** Stores a config card of a peer that may send it; ignores a malformed one. */
  void receive(Card.Config card, UserAccess access, Transaction transaction) {
    Set<ConfigArea> areas = EnumSet.noneOf(ConfigArea.class);
    for (ConfigArea area : ConfigArea.values()) {
      if (mayTravel(area, access)) {
        areas.add(area);
      }
    }
    receive(card, areas, transaction);
  }

  /** Stores a config card if it belongs to one of the areas. */
  void receive(Card.Config card, Set<ConfigArea> areas, Transaction transaction) {
    ConfigRecord record = ConfigRecord.parse(new String(card.content(), StandardCharsets.UTF_8));
    if (record == null) {
      return;
    }
    if (card.name().equals("/config")) {
      receiveSetting(record, areas, transaction);
      return;
    }
    for (Table table : TABLES) {
      if (card.name().equals("/" + table.name)
          && areas.contains(table.area)
          && exists(table.name)) {
        store(table.name, table.key, present(table), record, transaction);
      }
    }
  }

  private void receiveSetting(ConfigRecord record, Set<ConfigArea> areas, Transaction transaction) {
    String key = record.key();
    if (!key.startsWith("'")) {
      return;
    }
    String name = key.substring(1, key.length() - 1).replace("''", "'");
    if (ConfigArea.ofSetting(name).stream().anyMatch(areas::contains)) {
      store("config", "name", List.of("value"), record, transaction);
    }
  }

  /** Repositories of older releases lack some columns. */
  private List<String> present(Table table) {
    Set<String> known =
        new HashSet<>(
            session.list("SELECT name FROM pragma_table_info(?)", row -> row.text(1), table.name));
    return table.columns.stream().filter(known::contains).toList();
  }

  private boolean exists(String table) {
    return session.exists("SELECT 1 FROM sqlite_schema WHERE type='table' AND name=?", table);
  }

  /** Stores a row. The SQL has only checked literals and names from the tables above. */
  private static void store(
      String table,
      String key,
      List<String> columns,
      ConfigRecord record,
      Transaction transaction) {
    StringBuilder names = new StringBuilder(key).append(",mtime");
    StringBuilder values = new StringBuilder(record.key()).append(',').append(record.time());
    StringBuilder changes = new StringBuilder("mtime=").append(record.time());
    for (ConfigRecord.Column column : record.columns()) {
      if (columns.contains(column.name())) {
        names.append(',').append(column.name());
        values.append(',').append(column.literal());
        changes.append(',').append(column.name()).append('=').append(column.literal());
      }
    }
    DbTransaction session = transaction.session();
    int inserted =
        session.run("INSERT OR IGNORE INTO " + table + "(" + names + ") VALUES(" + values + ")");
    if (inserted == 0) {
      session.run(
          "UPDATE "
              + table
              + " SET "
              + changes
              + " WHERE "
              + key
              + "="
              + record.key()
              + " AND mtime<"
              + record.time());
    }
  }
}
