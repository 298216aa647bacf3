package dev.hubkit.fossil.crosslink;

import static dev.hubkit.fossil.crosslink.HashText.html;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.TicketChange;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tables {@code ticket} and {@code ticketchng}, whose columns each project chooses. Rebuilds a
 * ticket from all its changes whenever one arrives.
 */
final class TicketTables {
  private final DbTransaction session;
  private final ContentStore content;
  private final Tags tags;
  private final Backlinks backlinks;
  private final HashText hashes;
  private @Nullable Columns columns;

  TicketTables(
      DbTransaction session,
      ContentStore content,
      Tags tags,
      Backlinks backlinks,
      HashText hashes) {
    this.session = session;
    this.content = content;
    this.tags = tags;
    this.backlinks = backlinks;
    this.hashes = hashes;
  }

  private record Columns(
      Set<String> all, Map<String, Boolean> ticket, Set<String> changes, Set<String> generated) {}

  private record Latest(String value, @Nullable String mimetype, long rid, double mtime) {}

  void rebuild(String uuid) {
    Columns columns = columns();
    if (columns.all.isEmpty()) {
      return;
    }
    long tag = tags.id("tkt-" + uuid);
    long old = session.number("SELECT tkt_id FROM ticket WHERE tkt_uuid=?", 0, uuid);
    if (columns.changes.contains("tkt_id")) {
      session.run("DELETE FROM ticketchng WHERE tkt_id=?", old);
    }
    session.run("DELETE FROM ticket WHERE tkt_id=?", old);
    backlinks.forgetTicket(tag);
    List<Long> changes =
        session.list(
            "SELECT rid FROM tagxref WHERE tagid=? ORDER BY mtime", row -> row.number(1), tag);
    long ticket = 0;
    boolean first = true;
    Map<String, List<Latest>> latest = new TreeMap<>();
    for (long rid : changes) {
      byte[] bytes = content.read(rid);
      if (bytes != null && Artifact.parseIfArtifact(bytes) instanceof TicketChange change) {
        if (ticket == 0) {
          ticket = session.insert("INSERT INTO ticket(tkt_uuid,tkt_mtime) VALUES(?,0)", uuid);
        }
        apply(change, rid, ticket, columns, latest);
        event(change, rid, first, tag);
      }
      first = false;
    }
    for (List<Latest> values : latest.values()) {
      for (Latest value : values) {
        backlinks.ofTicket(value.value, value.mimetype, value.rid, value.mtime);
      }
    }
  }

  private void apply(
      TicketChange change,
      long rid,
      long ticket,
      Columns columns,
      Map<String, List<Latest>> latest) {
    double mtime = JulianDay.of(change.date());
    List<@Nullable Object> values = new ArrayList<>();
    StringBuilder update = new StringBuilder("UPDATE OR REPLACE ticket SET tkt_mtime=?");
    values.add(mtime);
    if (columns.ticket.containsKey("tkt_ctime")) {
      update.append(", tkt_ctime=coalesce(tkt_ctime,?)");
      values.add(mtime);
    }
    Map<String, Object> changed = new LinkedHashMap<>();
    Set<String> set = new HashSet<>();
    String mimetype = null;
    for (TicketChange.Field field : change.fields()) {
      String column = field.column();
      if (!isField(columns, column)) {
        continue;
      }
      set.add(column);
      if (columns.ticket.containsKey(column)) {
        String quoted = quote(column);
        if (field.isAppended()) {
          update.append(", ").append(quoted).append("=coalesce(").append(quoted);
          update.append(",'')||?");
          values.add(field.value());
        } else {
          update.append(", ").append(quoted).append("=?");
          values.add(field.value());
          String baseline = "baseline for " + column;
          if (Boolean.TRUE.equals(columns.ticket.get(baseline))) {
            update.append(", ").append(quote(baseline)).append("=?");
            values.add(rid);
          }
        }
      }
      if (columns.changes.contains(column)) {
        changed.put(column, field.value());
      }
      if (column.equals("mimetype")) {
        mimetype = field.value();
      }
    }
    values.add(ticket);
    session.run(update + " WHERE tkt_id=?", values.toArray());
    if (mimetype == null && columns.generated.contains("ticket")) {
      mimetype = session.text("SELECT mimetype FROM ticket WHERE tkt_id=?", ticket);
    }
    noteChange(change, rid, ticket, mtime, columns, changed, set);
    links(change, rid, mtime, columns, mimetype, latest);
  }

  private void noteChange(
      TicketChange change,
      long rid,
      long ticket,
      double mtime,
      Columns columns,
      Map<String, Object> changed,
      Set<String> set) {
    boolean hasRid = columns.changes.contains("tkt_rid");
    boolean hasUser = columns.changes.contains("tkt_user");
    if (!columns.changes.contains("tkt_id") || (changed.isEmpty() && !hasRid && !hasUser)) {
      return;
    }
    StringBuilder names = new StringBuilder("tkt_id,tkt_mtime");
    StringBuilder marks = new StringBuilder("?,?");
    List<@Nullable Object> values = new ArrayList<>(List.of(ticket, mtime));
    if (hasRid) {
      changed.put("tkt_rid", rid);
    }
    if (hasUser && change.user() != null) {
      changed.put("tkt_user", change.user());
    }
    changed.forEach(
        (name, value) -> {
          names.append(',').append(quote(name));
          marks.append(",?");
          values.add(value);
        });
    StringBuilder from = new StringBuilder();
    for (String column : columns.all) {
      if (!set.contains(column)
          && columns.ticket.containsKey(column)
          && columns.changes.contains(column)) {
        names.append(',').append(quote(column));
        from.append(',').append(quote(column));
      }
    }
    if (from.isEmpty()) {
      session.run("INSERT INTO ticketchng(" + names + ") VALUES(" + marks + ")", values.toArray());
    } else {
      values.add(ticket);
      session.run(
          "INSERT INTO ticketchng("
              + names
              + ") SELECT "
              + marks
              + from
              + " FROM ticket WHERE tkt_id=?",
          values.toArray());
    }
  }

  private void links(
      TicketChange change,
      long rid,
      double mtime,
      Columns columns,
      @Nullable String mimetype,
      Map<String, List<Latest>> latest) {
    for (TicketChange.Field field : change.fields()) {
      String column = field.column();
      if (!isField(columns, column)) {
        continue;
      }
      if (columns.changes.contains(column)) {
        backlinks.ofTicket(field.value(), mimetype, rid, mtime);
      } else {
        List<Latest> values = latest.computeIfAbsent(column, name -> new ArrayList<>());
        if (!field.isAppended()) {
          values.clear();
        }
        values.add(new Latest(field.value(), mimetype, rid, mtime));
      }
    }
  }

  /** The texts of an entry of the timeline. */
  private record TimelineText(String comment, String brief) {}

  private TimelineText opened(String ticket) {
    String link = hashes.link(ticket);
    return new TimelineText(
        "New ticket " + link + " <i>" + html(title(ticket)) + "</i>.", "New ticket " + link + ".");
  }

  private TimelineText changed(TicketChange change) {
    String column = setting("ticket-status-column", "status");
    String status = null;
    for (TicketChange.Field field : change.fields()) {
      if (field.name().equals(column)) {
        status = field.value();
      }
    }
    int fields = change.fields().size();
    String link = hashes.link(change.ticket());
    String title = html(title(change.ticket()));
    if (status != null) {
      String others =
          fields > 1 ? " plus " + (fields - 1) + " other change" + (fields == 2 ? "" : "s") : "";
      return new TimelineText(
          html(status) + " ticket " + link + ": <i>" + title + "</i>" + others,
          html(status) + " ticket " + link + ".");
    }
    String plural = fields == 1 ? "" : "s";
    String unchanged = html(value(column, change.ticket()));
    return new TimelineText(
        "Ticket "
            + link
            + " <i>"
            + title
            + "</i> status still "
            + unchanged
            + " with "
            + fields
            + " other change"
            + plural,
        "Ticket " + link + ": " + fields + " change" + plural);
  }

  private @Nullable String title(String ticket) {
    return value(setting("ticket-title-expr", "title"), ticket);
  }

  private void event(TicketChange change, long rid, boolean isNew, long tag) {
    TimelineText text = isNew ? opened(change.ticket()) : changed(change);
    double mtime = JulianDay.printed(change.date());
    if (session.exists("SELECT 1 FROM event WHERE type='t' AND objid=?", rid)) {
      session.run(
          "UPDATE event SET tagid=?, mtime=?, user=?, comment=?, brief=? WHERE objid=?",
          tag,
          mtime,
          change.user(),
          text.comment,
          text.brief,
          rid);
    } else {
      session.run(
          "REPLACE INTO event(type,tagid,mtime,objid,user,comment,brief)"
              + " VALUES('t',?,?,?,?,?,?)",
          tag,
          mtime,
          rid,
          change.user(),
          text.comment,
          text.brief);
    }
  }

  private @Nullable String value(String column, String uuid) {
    if (!columns().ticket.containsKey(column)) {
      return column; // SQLite reads an unknown name in double quotes as a text
    }
    return session.text("SELECT " + quote(column) + " FROM ticket WHERE tkt_uuid=?", uuid);
  }

  private String setting(String name, String otherwise) {
    String value = session.text("SELECT value FROM config WHERE name=?", name);
    return value == null ? otherwise : value;
  }

  private static boolean isField(Columns columns, String name) {
    return columns.all.contains(name);
  }

  private Columns columns() {
    Columns known = columns;
    if (known == null) {
      Map<String, Boolean> ticket = new LinkedHashMap<>();
      session.each(
          "SELECT name, type FROM pragma_table_info('ticket')",
          row -> ticket.put(row.text(1), "INTEGER".equals(row.textOrNull(2))));
      Set<String> changes =
          new HashSet<>(
              session.list("SELECT name FROM pragma_table_info('ticketchng')", row -> row.text(1)));
      Set<String> all = new java.util.TreeSet<>();
      for (Set<String> names : List.of(ticket.keySet(), changes)) {
        names.stream()
            .filter(name -> !name.startsWith("tkt_") && name.indexOf(' ') < 0)
            .forEach(all::add);
      }
      Set<String> generated = new HashSet<>();
      if (!all.contains("mimetype")
          && session.exists("SELECT 1 FROM pragma_table_xinfo('ticket') WHERE name='mimetype'")) {
        generated.add("ticket");
      }
      known = new Columns(all, ticket, changes, generated);
      columns = known;
    }
    return known;
  }

  private static String quote(String column) {
    return '"' + column.replace("\"", "\"\"") + '"';
  }
}
