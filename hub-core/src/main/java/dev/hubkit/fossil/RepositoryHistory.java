package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.ResultRow;
import java.util.List;

/** Reads the timeline, the branches and the tags. */
final class RepositoryHistory {
  private static final String ENTRY =
      "SELECT event.objid, blob.uuid, event.type, event.mtime,"
          + " coalesce(event.euser,event.user), coalesce(event.ecomment,event.comment),"
          + " (SELECT value FROM tagxref WHERE tagid=8 AND tagtype>0 AND rid=event.objid),"
          + " EXISTS(SELECT 1 FROM leaf WHERE rid=event.objid),"
          + " EXISTS(SELECT 1 FROM tagxref WHERE tagid=9 AND tagtype>0 AND rid=event.objid),"
          + " event.bgcolor FROM event JOIN blob ON blob.rid=event.objid";

  private final DbTransaction session;

  RepositoryHistory(DbTransaction session) {
    this.session = session;
  }

  List<TimelineEntry> timeline(TimelineFilter filter) {
    return session.list(
        ENTRY + filter.where() + " ORDER BY event.mtime DESC, event.objid DESC LIMIT ? OFFSET ?",
        this::entry,
        filter.parameters());
  }

  /** Returns the entry of an artifact. */
  TimelineEntry entry(long rid) {
    TimelineEntry entry = session.first(ENTRY + " WHERE event.objid=?", this::entry, rid);
    if (entry == null) {
      throw new RepositoryException("record " + rid + " is not on the timeline");
    }
    return entry;
  }

  private TimelineEntry entry(ResultRow row) {
    long rid = row.number(1);
    TimelineEntry.Type type = TimelineEntry.Type.of(row.text(3));
    boolean checkIn = type == TimelineEntry.Type.CHECK_IN;
    String comment = row.textOrNull(6);
    return new TimelineEntry(
        rid,
        new ArtifactName(row.text(2)),
        type,
        JulianDay.instant(row.real(4)),
        row.textOrNull(5),
        comment == null ? "" : comment,
        row.textOrNull(7),
        checkIn ? symbolicNames(rid) : List.of(),
        checkIn ? parents(rid) : List.of(),
        checkIn && row.number(8) != 0,
        row.number(9) != 0,
        row.textOrNull(10));
  }

  private List<String> symbolicNames(long rid) {
    return session.list(
        "SELECT substr(tagname,5) FROM tagxref JOIN tag USING(tagid)"
            + " WHERE rid=? AND tagtype>0 AND tagname GLOB 'sym-*' ORDER BY 1",
        row -> row.text(1),
        rid);
  }

  private List<Long> parents(long rid) {
    return session.list(
        "SELECT pid FROM plink WHERE cid=? ORDER BY isprim DESC, pid", row -> row.number(1), rid);
  }

  List<Branch> branches() {
    // The columns beside max() come from the row that has the maximum.
    return session.list(
        "SELECT tagxref.value, blob.uuid, max(event.mtime), count(*),"
            + " EXISTS(SELECT 1 FROM tagxref c WHERE c.rid=tagxref.rid AND c.tagid=9"
            + " AND c.tagtype>0)"
            + " FROM tagxref JOIN event ON event.objid=tagxref.rid AND event.type='ci'"
            + " JOIN blob ON blob.rid=tagxref.rid"
            + " WHERE tagxref.tagid=8 AND tagxref.tagtype>0 AND tagxref.value NOTNULL"
            + " GROUP BY tagxref.value ORDER BY 3 DESC",
        row ->
            new Branch(
                row.text(1),
                new ArtifactName(row.text(2)),
                JulianDay.instant(row.real(3)),
                row.number(4),
                row.number(5) != 0));
  }

  List<Tag> tags() {
    return session.list(
        "SELECT substr(tagname,5), blob.uuid, event.mtime FROM tagxref JOIN tag USING(tagid)"
            + " JOIN event ON event.objid=tagxref.rid JOIN blob ON blob.rid=tagxref.rid"
            + " WHERE tagtype=1 AND tagname GLOB 'sym-*' ORDER BY event.mtime DESC, tagname",
        row -> new Tag(row.text(1), new ArtifactName(row.text(2)), JulianDay.instant(row.real(3))));
  }
}
