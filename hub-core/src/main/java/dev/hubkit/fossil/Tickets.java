package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.TicketChange;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.ResultRow;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tickets of a repository; valid as long as the {@link Snapshot} it comes from. */
public final class Tickets {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final DbTransaction session;

  Tickets(DbTransaction session) {
    this.session = session;
  }

  /** The fields that tickets of this project have. */
  public List<String> fields() {
    return session.list(
        "SELECT name FROM pragma_table_info('ticket') WHERE name NOT GLOB 'tkt_*'",
        row -> row.text(1));
  }

  /** All tickets, the last changed one first. */
  public List<Ticket> all() {
    return query("", new Object[0]);
  }

  /**
   * Finds the ticket whose identity begins with {@code idPrefix}; null when there is none.
   *
   * @throws RepositoryException if there are several
   */
  public @Nullable Ticket find(String idPrefix) {
    String low = idPrefix.toLowerCase(Locale.ROOT);
    List<Ticket> found = query(" WHERE tkt_uuid>=? AND tkt_uuid<?", new Object[] {low, low + "g"});
    if (found.size() > 1) {
      throw new RepositoryException("the ticket name \"" + idPrefix + "\" is ambiguous");
    }
    return found.isEmpty() ? null : found.get(0);
  }

  private List<Ticket> query(String where, Object[] parameters) {
    List<String> fields = fields();
    StringBuilder sql = new StringBuilder("SELECT tkt_uuid, tkt_mtime");
    fields.forEach(field -> sql.append(", \"").append(field.replace("\"", "\"\"")).append('"'));
    sql.append(" FROM ticket").append(where).append(" ORDER BY tkt_mtime DESC");
    return session.list(sql.toString(), row -> ticket(row, fields), parameters);
  }

  private static Ticket ticket(ResultRow row, List<String> fields) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      String value = row.textOrNull(i + 3);
      if (value != null) {
        values.put(fields.get(i), value);
      }
    }
    return new Ticket(row.text(1), JulianDay.instant(row.real(2)), values);
  }

  /**
   * Makes a change of a ticket, which is not stored yet.
   *
   * @param id the ticket, null for a new one
   */
  TicketChange change(String user, @Nullable String id, Map<String, String> changes, Instant now) {
    if (changes.isEmpty()) {
      throw new IllegalArgumentException("a change of a ticket has to change something");
    }
    List<String> known = new ArrayList<>(fields());
    known.addAll(
        session.list("SELECT name FROM pragma_table_info('ticketchng')", row -> row.text(1)));
    List<TicketChange.Field> fields = new ArrayList<>();
    changes.forEach(
        (name, value) -> {
          String column = name.startsWith("+") ? name.substring(1) : name;
          if (!known.contains(column) || column.startsWith("tkt_")) {
            throw new RepositoryException("tickets here have no field \"" + column + "\"");
          }
          boolean concealed = column.startsWith("private_") && !value.isEmpty();
          fields.add(new TicketChange.Field(name, concealed ? conceal(value, now) : value));
        });
    String ticket = id;
    if (ticket == null) {
      byte[] random = new byte[20];
      RANDOM.nextBytes(random);
      ticket = HexFormat.of().formatHex(random);
    }
    return new TicketChange(now, fields, ticket, user);
  }

  /** Keeps the address of a person beside the artifacts, which hold only its hash. */
  private String conceal(String value, Instant now) {
    if (ArtifactName.isName(value)) {
      return value;
    }
    String hash = ArtifactName.sha1(value.getBytes(StandardCharsets.UTF_8)).hex();
    session.run(
        "REPLACE INTO concealed(hash,mtime,content) VALUES(?,?,?)",
        hash,
        now.getEpochSecond(),
        value);
    return hash;
  }
}
