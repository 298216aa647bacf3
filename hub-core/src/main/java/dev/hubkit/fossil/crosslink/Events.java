package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Table {@code event}: the timeline. */
final class Events {
  private final DbTransaction session;

  Events(DbTransaction session) {
    this.session = session;
  }

  /** Enters an artifact, or replaces its entry. */
  void put(String type, Instant date, long rid, @Nullable String user, String comment) {
    session.run(
        "REPLACE INTO event(type,mtime,objid,user,comment) VALUES(?,?,?,?,?)",
        type,
        JulianDay.printed(date),
        rid,
        user,
        comment);
  }

  /** Replaces the comment on an artifact. */
  void replaceComment(long rid, String type, String comment) {
    session.run("UPDATE event SET comment=?, type=? WHERE objid=?", comment, type, rid);
  }
}
