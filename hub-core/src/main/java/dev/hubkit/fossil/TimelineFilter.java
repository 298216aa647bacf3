package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.JulianDay;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Selects entries of the timeline, the newest first. For one thread. */
public final class TimelineFilter {
  private final List<String> conditions = new ArrayList<>();
  private final List<@Nullable Object> parameters = new ArrayList<>();
  private int limit = 20;
  private int offset;

  /** Selects all entries, twenty at most. */
  public TimelineFilter() {}

  /** Sets how many entries to return at most; 0 for all. */
  public TimelineFilter limit(int entries) {
    limit = entries;
    return this;
  }

  /** Sets how many of the newest entries to skip. */
  public TimelineFilter offset(int entries) {
    offset = entries;
    return this;
  }

  /** Selects only these types. */
  public TimelineFilter types(TimelineEntry.Type... types) {
    String list =
        Arrays.stream(types)
            .map(type -> "'" + type.letters() + "'")
            .collect(Collectors.joining(","));
    conditions.add("event.type IN (" + list + ")");
    return this;
  }

  /** Selects only entries of this user. */
  public TimelineFilter user(String login) {
    return and("coalesce(event.euser,event.user)=?", login);
  }

  /** Selects only check-ins on this branch. */
  public TimelineFilter branch(String name) {
    return and(
        "event.objid IN (SELECT rid FROM tagxref WHERE tagid=8 AND tagtype>0 AND value=?)", name);
  }

  /** Selects only check-ins with this symbolic name. */
  public TimelineFilter tag(String name) {
    return and(
        "event.objid IN (SELECT rid FROM tagxref JOIN tag USING(tagid)"
            + " WHERE tagname=? AND tagtype>0)",
        "sym-" + name);
  }

  /** Selects only check-ins that changed this file. */
  public TimelineFilter file(String path) {
    return and(
        "event.objid IN (SELECT mid FROM mlink JOIN filename USING(fnid)"
            + " WHERE filename.name=? AND NOT isaux)",
        path);
  }

  /** Selects only entries at this time or before. */
  public TimelineFilter until(Instant time) {
    return and("event.mtime<=?", JulianDay.of(time));
  }

  /** Selects only entries at this time or after. */
  public TimelineFilter since(Instant time) {
    return and("event.mtime>=?", JulianDay.of(time));
  }

  /** Selects only entries whose comment contains this text; ignores case. */
  public TimelineFilter containing(String text) {
    return and("instr(lower(coalesce(event.ecomment,event.comment,'')),lower(?))>0", text);
  }

  /** Selects only a check-in and its ancestors. */
  public TimelineFilter ancestorsOf(ArtifactName checkIn) {
    return and(
        "event.objid IN (WITH RECURSIVE a(rid) AS (SELECT rid FROM blob WHERE uuid=?"
            + " UNION SELECT pid FROM plink JOIN a ON cid=a.rid) SELECT rid FROM a)",
        checkIn.hex());
  }

  /** Selects only a check-in and its descendants. */
  public TimelineFilter descendantsOf(ArtifactName checkIn) {
    return and(
        "event.objid IN (WITH RECURSIVE a(rid) AS (SELECT rid FROM blob WHERE uuid=?"
            + " UNION SELECT cid FROM plink JOIN a ON pid=a.rid) SELECT rid FROM a)",
        checkIn.hex());
  }

  private TimelineFilter and(String condition, Object parameter) {
    conditions.add(condition);
    parameters.add(parameter);
    return this;
  }

  String where() {
    return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
  }

  @Nullable Object[] parameters() {
    List<@Nullable Object> all = new ArrayList<>(parameters);
    all.add(limit == 0 ? -1 : limit);
    all.add(offset);
    return all.toArray();
  }
}
