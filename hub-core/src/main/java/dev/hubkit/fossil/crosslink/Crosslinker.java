package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.Attachment;
import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Cherrypick;
import dev.hubkit.fossil.artifact.ClusterArtifact;
import dev.hubkit.fossil.artifact.Control;
import dev.hubkit.fossil.artifact.ForumPost;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.artifact.TechNote;
import dev.hubkit.fossil.artifact.TicketChange;
import dev.hubkit.fossil.artifact.WikiPage;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Enters artifacts into the derived tables, so that these hold what C fossil's {@code rebuild}
 * makes of the same content. For one write transaction, whose end {@link #finish()} completes what
 * needs all of its artifacts. For one thread at a time.
 */
public final class Crosslinker {
  private final DbTransaction session;
  private final ContentStore content;
  private final Leaves leaves;
  private final Backlinks backlinks;
  private final Tags tags;
  private final TimeAdjustment timeOrder;
  private final ManifestCache manifests;
  private final CheckInLinks checkIns;
  private final HashText hashes;
  private final TicketTables tickets;
  private final Events events;
  private final Attachments attachments;
  private final Forum forum;
  private final Set<String> changedTickets = new LinkedHashSet<>();
  private final Set<String> changedPages = new LinkedHashSet<>();
  private boolean linkedAny;

  /** Works in the transaction of {@code session}, and links phantoms that {@code content} fills. */
  public Crosslinker(DbTransaction session, ContentStore content, Manifests shared) {
    this.session = session;
    this.content = content;
    this.leaves = new Leaves(session);
    this.backlinks = new Backlinks(session);
    this.tags = new Tags(session, leaves, backlinks);
    this.timeOrder = new TimeAdjustment(session);
    this.manifests = new ManifestCache(content, shared);
    this.checkIns = new CheckInLinks(session, content, manifests, timeOrder);
    this.hashes = new HashText(session);
    this.tickets = new TicketTables(session, content, tags, backlinks, hashes);
    this.events = new Events(session);
    this.attachments = new Attachments(session, events, hashes);
    this.forum = new Forum(session, content, events, backlinks);
    content.onFilled(this::filled);
  }

  /** Enters the content of a record if it is an artifact; returns whether it is. */
  public boolean link(long rid, byte[] bytes) {
    Artifact artifact = manifests.parse(rid, bytes);
    if (artifact == null) {
      return false;
    }
    link(rid, artifact);
    return true;
  }

  /** Enters an artifact, unless it is entered already. */
  public void link(long rid, Artifact artifact) {
    linkedAny = true;
    if (artifact instanceof Manifest manifest) {
      manifest(rid, manifest);
    } else if (artifact instanceof ClusterArtifact cluster) {
      cluster(rid, cluster);
    } else if (artifact instanceof Control control) {
      control(rid, control);
    } else if (artifact instanceof WikiPage page) {
      wikiPage(rid, page);
    } else if (artifact instanceof TicketChange change) {
      ticketChange(rid, change);
    } else if (artifact instanceof Attachment attachment) {
      attachments.link(rid, attachment);
    } else if (artifact instanceof TechNote note) {
      techNote(rid, note);
    } else if (artifact instanceof ForumPost post) {
      forumPost(rid, post);
    }
  }

  /** Completes what needs all artifacts of the transaction. */
  public void finish() {
    if (linkedAny) {
      for (Reparented checkIn :
          session.list(
              "SELECT rid, value FROM tagxref WHERE tagid=10 AND tagtype=1",
              row -> new Reparented(row.number(1), row.textOrNull(2)))) {
        checkIns.reparent(checkIn.rid, checkIn.value == null ? "" : checkIn.value);
      }
      changedTickets.forEach(tickets::rebuild);
      changedPages.forEach(this::refreshPage);
      timeOrder.apply();
    }
    changedTickets.clear();
    changedPages.clear();
    linkedAny = false;
    leaves.update();
  }

  private record Reparented(long rid, @Nullable String value) {}

  // ---- phantoms

  /**
   * Links what can be read now that a phantom is filled: deltas based on it, and check-ins that
   * waited for their baseline.
   */
  private void filled(long first) {
    Deque<Long> pending = new ArrayDeque<>();
    long rid = first;
    while (true) {
      if (rid != first) {
        linkStored(rid);
      }
      List<Long> orphans =
          session.list("SELECT rid FROM orphan WHERE baseline=?", row -> row.number(1), rid);
      if (!orphans.isEmpty()) {
        session.run("DELETE FROM orphan WHERE baseline=?", rid);
        orphans.forEach(this::linkStored);
      }
      session
          .list(
              "SELECT rid FROM delta WHERE srcid=?"
                  + " AND NOT EXISTS(SELECT 1 FROM mlink WHERE mid=delta.rid)",
              row -> row.number(1),
              rid)
          .forEach(pending::push);
      Long next = pending.poll();
      if (next == null) {
        return;
      }
      rid = next;
    }
  }

  private void linkStored(long rid) {
    byte[] bytes = content.read(rid);
    if (bytes != null) {
      link(rid, bytes);
    }
  }

  // ---- check-ins

  private void manifest(long rid, Manifest manifest) {
    CheckInFiles files = checkIns.files(rid, manifest);
    if (files == null) {
      return;
    }
    for (Cherrypick pick : manifest.cherrypicks()) {
      session.run(
          "REPLACE INTO cherrypick(parentid,childid,isExclude)"
              + " SELECT rid,?,? FROM blob WHERE uuid=?",
          rid,
          pick.backout(),
          pick.target());
    }
    long parent = 0;
    if (!session.exists("SELECT 1 FROM mlink WHERE mid=?", rid)) {
      parent = checkIns.link(rid, files, manifest.parents());
      checkInEvent(rid, manifest);
      if (manifest.baseline() != null) {
        session.run(
            "INSERT INTO config(name,value,mtime)"
                + " SELECT 'seen-delta-manifest',1,? WHERE NOT EXISTS"
                + "(SELECT 1 FROM config WHERE name='seen-delta-manifest' AND value=1)"
                + " ON CONFLICT(name) DO UPDATE SET value=excluded.value, mtime=excluded.mtime",
            session.now().getEpochSecond());
      }
    }
    putTags(rid, manifest.tags(), manifest.date());
    if (parent != 0) {
      tags.propagateAll(parent);
    }
  }

  private void checkInEvent(long rid, Manifest manifest) {
    double mtime = JulianDay.printed(manifest.date());
    session.run(
        "REPLACE INTO event(type,mtime,objid,user,comment,bgcolor,euser,ecomment,omtime)"
            + " VALUES('ci',"
            + "coalesce((SELECT julianday(value) FROM tagxref WHERE tagid=4 AND rid=?1),?2),"
            + "?1,?3,?4,"
            + "(SELECT value FROM tagxref WHERE tagid=1 AND rid=?1 AND tagtype>0),"
            + "(SELECT value FROM tagxref WHERE tagid=3 AND rid=?1),"
            + "(SELECT value FROM tagxref WHERE tagid=2 AND rid=?1),?2)",
        rid,
        mtime,
        manifest.user(),
        manifest.comment());
    String amended = session.text("SELECT value FROM tagxref WHERE tagid=2 AND rid=?", rid);
    String comment = amended != null ? amended : manifest.comment();
    backlinks.ofComment(comment == null ? "" : comment, rid, JulianDay.of(manifest.date()));
  }

  private void putTags(long rid, List<TagChange> changes, Instant date) {
    double mtime = JulianDay.of(date);
    for (TagChange change : changes) {
      ArtifactName target = change.target();
      long on = target == null ? rid : content.phantom(target, false);
      if (on != 0) {
        put(change, rid, mtime, on);
      }
    }
  }

  private void put(TagChange change, long source, double mtime, long rid) {
    long tag = tags.put(change.name(), change.kind(), change.value(), source, mtime, rid);
    String value = change.value();
    if (tag == TagNumber.PARENT && change.kind() == TagChange.Kind.SINGLE && value != null) {
      checkIns.reparent(rid, value);
    }
  }

  // ---- clusters and control artifacts

  private void cluster(long rid, ClusterArtifact cluster) {
    // Clusters have no date; C fossil gives the tag the time of its own clock.
    double now = JulianDay.of(session.now());
    tags.put("cluster", TagChange.Kind.SINGLE, null, rid, now, rid);
    for (ArtifactName member : cluster.members()) {
      long memberRid = content.phantom(member, false);
      if (memberRid != 0) {
        session.run("DELETE FROM unclustered WHERE rid=?", memberRid);
      }
    }
  }

  private void control(long rid, Control control) {
    putTags(rid, control.tags(), control.date());
    events.put("g", control.date(), rid, control.user(), new ControlComment(hashes).of(control));
  }

  // ---- wiki, technotes, forum

  private void wikiPage(long rid, WikiPage page) {
    linkVersions(rid, page.parents(), page.date());
    String text = stripLeading(page.text());
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    double mtime = JulianDay.of(page.date());
    tags.put(
        "wiki-" + page.title(), TagChange.Kind.SINGLE, String.valueOf(length), rid, mtime, rid);
    long prior = priorVersion(rid, page.parents());
    changedPages.add(page.title());
    char sign = length == 0 ? '-' : prior == 0 ? '+' : ':';
    events.put("w", page.date(), rid, page.user(), sign + page.title());
  }

  private void techNote(long rid, TechNote note) {
    putTags(rid, note.tags(), note.date());
    linkVersions(rid, note.parents(), note.date());
    String tagName = "event-" + note.id();
    long tag = tags.id(tagName);
    double mtime = JulianDay.of(note.date());
    int length = stripLeading(note.text()).getBytes(StandardCharsets.UTF_8).length;
    tags.put(tagName, TagChange.Kind.SINGLE, String.valueOf(length), rid, mtime, rid);
    long subsequent =
        session.number(
            "SELECT rid FROM tagxref WHERE tagid=? AND mtime>=? AND rid!=? ORDER BY mtime",
            0,
            tag,
            JulianDay.printed(mtime),
            rid);
    long prior = priorVersion(rid, note.parents());
    if (prior != 0 && subsequent == 0) {
      session.run(
          "DELETE FROM event WHERE type='e' AND tagid=?1"
              + " AND objid IN (SELECT rid FROM tagxref WHERE tagid=?1)",
          tag);
    }
    if (subsequent != 0) {
      content.deltify(rid, subsequent);
    } else {
      session.run(
          "REPLACE INTO event(type,mtime,objid,tagid,user,comment,bgcolor)"
              + " VALUES('e',?2,?1,?3,?4,?5,"
              + "(SELECT value FROM tagxref WHERE tagid=1 AND rid=?1))",
          rid,
          JulianDay.printed(note.eventDate()),
          tag,
          note.user(),
          note.comment());
    }
    attachments.refresh(note.id().hex(), "e");
  }

  private void forumPost(long rid, ForumPost post) {
    linkVersions(rid, post.parents(), post.date());
    forum.link(rid, post);
  }

  private void linkVersions(long rid, List<ArtifactName> parents, Instant date) {
    long first = 0;
    for (int i = 0; i < parents.size(); i++) {
      long parent = content.phantom(parents.get(i), false);
      session.run(
          "INSERT OR IGNORE INTO plink(pid,cid,isprim,mtime,baseid) VALUES(?,?,?,?,NULL)",
          parent,
          rid,
          i == 0,
          JulianDay.printed(date));
      if (i == 0) {
        first = parent;
      }
    }
    if (first != 0) {
      tags.propagateAll(first);
    }
  }

  /**
   * Returns the version before this one, 0 when there is none, and makes it a delta against this
   * one.
   */
  private long priorVersion(long rid, List<ArtifactName> parents) {
    long prior = parents.isEmpty() ? 0 : content.rid(parents.get(0));
    if (prior != 0) {
      content.deltify(prior, rid);
    }
    return prior;
  }

  private void refreshPage(String title) {
    long tag = session.number("SELECT tagid FROM tag WHERE tagname=?", 0, "wiki-" + title);
    long rid =
        session.number("SELECT rid FROM tagxref WHERE tagid=? ORDER BY mtime DESC LIMIT 1", 0, tag);
    byte[] bytes = rid == 0 ? null : content.read(rid);
    if (bytes != null && Artifact.parseIfArtifact(bytes) instanceof WikiPage page) {
      backlinks.ofWikiPage(page.text(), page.mimetype(), tag, JulianDay.of(page.date()));
    }
  }

  // ---- tickets

  private void ticketChange(long rid, TicketChange change) {
    double mtime = JulianDay.of(change.date());
    tags.put("tkt-" + change.ticket(), TagChange.Kind.SINGLE, null, rid, mtime, rid);
    changedTickets.add(change.ticket());
    attachments.refresh(change.ticket(), "t");
  }

  private static String stripLeading(String text) {
    int i = 0;
    while (i < text.length() && " \n\t\r\u000b\f".indexOf(text.charAt(i)) >= 0) {
      i++;
    }
    return text.substring(i);
  }
}
