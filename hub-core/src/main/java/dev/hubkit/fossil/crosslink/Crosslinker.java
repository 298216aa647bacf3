package dev.hubkit.fossil.crosslink;

import static dev.hubkit.fossil.crosslink.HashText.html;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.Attachment;
import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Cherrypick;
import dev.hubkit.fossil.artifact.Cluster;
import dev.hubkit.fossil.artifact.Control;
import dev.hubkit.fossil.artifact.ForumPost;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.artifact.TechNote;
import dev.hubkit.fossil.artifact.TicketChange;
import dev.hubkit.fossil.artifact.WikiPage;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.JulianDay;
import dev.hubkit.fossil.content.Session;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Enters artifacts into the derived tables, such that these hold what C fossil's {@code rebuild}
 * makes of the same content. Lives for one write transaction; {@link #finish()} does what can only
 * be done when all of its artifacts are there. To be used by one thread at a time.
 */
public final class Crosslinker {
  private final Session session;
  private final ContentStore content;
  private final Leaves leaves;
  private final Backlinks backlinks;
  private final Tags tags;
  private final TimeOrder timeOrder;
  private final ManifestCache manifests;
  private final CheckInLinks checkIns;
  private final HashText hashes;
  private final Tickets tickets;
  private final Set<String> changedTickets = new LinkedHashSet<>();
  private final Set<String> changedPages = new LinkedHashSet<>();
  private boolean linkedAny;

  /** On the transaction of {@code session}; takes notice of phantoms that {@code content} fills. */
  public Crosslinker(Session session, ContentStore content, Manifests shared) {
    this.session = session;
    this.content = content;
    this.leaves = new Leaves(session);
    this.backlinks = new Backlinks(session);
    this.tags = new Tags(session, leaves, backlinks);
    this.timeOrder = new TimeOrder(session);
    this.manifests = new ManifestCache(content, shared);
    this.checkIns = new CheckInLinks(session, content, manifests, timeOrder);
    this.hashes = new HashText(session);
    this.tickets = new Tickets(session, content, tags, backlinks, hashes);
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

  /** Enters an artifact. One that is entered already is left as it is. */
  public void link(long rid, Artifact artifact) {
    linkedAny = true;
    if (artifact instanceof Manifest manifest) {
      manifest(rid, manifest);
    } else if (artifact instanceof Cluster cluster) {
      cluster(rid, cluster);
    } else if (artifact instanceof Control control) {
      control(rid, control);
    } else if (artifact instanceof WikiPage page) {
      wikiPage(rid, page);
    } else if (artifact instanceof TicketChange change) {
      ticketChange(rid, change);
    } else if (artifact instanceof Attachment attachment) {
      attachment(rid, attachment);
    } else if (artifact instanceof TechNote note) {
      techNote(rid, note);
    } else if (artifact instanceof ForumPost post) {
      forumPost(rid, post);
    }
  }

  /** Does what had to wait for all artifacts of the transaction. */
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
      timeOrder.settle();
    }
    changedTickets.clear();
    changedPages.clear();
    linkedAny = false;
    leaves.settle();
  }

  private record Reparented(long rid, @Nullable String value) {}

  // ---- phantoms

  /** What was stored on top of a phantom, or waited for a baseline, can be read from now on. */
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
    double mtime = JulianDay.of(manifest.date());
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
    backlinks.ofComment(comment == null ? "" : comment, rid, mtime);
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

  private void cluster(long rid, Cluster cluster) {
    // Clusters bear no date; C fossil takes the time of its own clock for the tag.
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
    event("g", control.date(), rid, control.user(), new ControlComment(hashes).of(control));
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
    event("w", page.date(), rid, page.user(), sign + page.title());
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
            mtime,
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
          JulianDay.of(note.eventDate()),
          tag,
          note.user(),
          note.comment());
    }
    refreshAttachments(note.id().hex(), "e");
  }

  private void forumPost(long rid, ForumPost post) {
    linkVersions(rid, post.parents(), post.date());
    session.script(
        "CREATE TABLE IF NOT EXISTS forumpost(fpid INTEGER PRIMARY KEY, froot INT, fprev INT,"
            + " firt INT, fmtime REAL);"
            + "CREATE INDEX IF NOT EXISTS forumthread ON forumpost(froot,fmtime)");
    ArtifactName threadRoot = post.threadRoot();
    ArtifactName inReplyTo = post.inReplyTo();
    long root = threadRoot == null ? rid : content.phantom(threadRoot, false);
    Long prior = post.parents().isEmpty() ? null : content.phantom(post.parents().get(0), false);
    Long answered = inReplyTo == null ? null : content.phantom(inReplyTo, false);
    double mtime = JulianDay.of(post.date());
    session.run(
        "REPLACE INTO forumpost(fpid,froot,fprev,firt,fmtime) VALUES(?,?,?,?,?)",
        rid,
        root,
        prior,
        answered,
        mtime);
    if (answered == null) {
      String given = post.title();
      String title = given == null || given.isEmpty() ? "(Deleted)" : given;
      event("f", post.date(), rid, post.user(), (prior == null ? "Post" : "Edit") + ": " + title);
      if (!session.exists(
          "SELECT 1 FROM forumpost WHERE froot=? AND firt=0 AND fpid!=? AND fmtime>?",
          root,
          rid,
          mtime)) {
        session.run(
            "UPDATE event SET comment=substr(comment,1,instr(comment,':'))||' '||?"
                + " WHERE objid IN (SELECT fpid FROM forumpost WHERE froot=?)",
            title,
            root);
      }
    } else {
      String title =
          session.text(
              "SELECT substr(comment,instr(comment,':')+2) FROM event WHERE objid=?", root);
      String kind = post.text().isEmpty() ? "Delete reply" : prior != null ? "Edit reply" : "Reply";
      String shown = title == null ? "<i>Unknown</i>" : title;
      event("f", post.date(), rid, post.user(), kind + ": " + shown);
    }
    if (!post.text().isEmpty()) {
      backlinks.ofForumPost(post.text(), post.mimetype(), rid, mtime);
    }
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
          JulianDay.of(date));
      if (i == 0) {
        first = parent;
      }
    }
    if (first != 0) {
      tags.propagateAll(first);
    }
  }

  /** The version before this one, 0 when there is none; it becomes a delta against this one. */
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

  // ---- tickets and attachments

  private void ticketChange(long rid, TicketChange change) {
    double mtime = JulianDay.of(change.date());
    tags.put("tkt-" + change.ticket(), TagChange.Kind.SINGLE, null, rid, mtime, rid);
    changedTickets.add(change.ticket());
    refreshAttachments(change.ticket(), "t");
  }

  private record Attached(long rid, @Nullable String source, String target, String file) {}

  /** An attachment that came before what it is attached to could not know what that is. */
  private void refreshAttachments(String target, String type) {
    List<Attached> attached = new ArrayList<>();
    session.each(
        "SELECT attachid, src, target, filename FROM attachment WHERE target=?",
        row ->
            attached.add(new Attached(row.number(1), row.textOrNull(2), row.text(3), row.text(4))),
        target);
    for (Attached attachment : attached) {
      String source = attachment.source;
      String what =
          source != null && !source.isEmpty()
              ? added(source, attachment.file)
              : "Delete attachment \"" + html(attachment.file) + "\" from";
      session.run(
          "UPDATE event SET comment=?, type=? WHERE objid=?",
          what + place(type, attachment.target),
          type,
          attachment.rid);
    }
  }

  private void attachment(long rid, Attachment attachment) {
    String target = attachment.target();
    String file = attachment.fileName();
    ArtifactName source = attachment.source();
    String comment = attachment.comment();
    session.run(
        "INSERT INTO attachment(attachid,mtime,src,target,filename,comment,user)"
            + " VALUES(?,?,?,?,?,?,?)",
        rid,
        JulianDay.of(attachment.date()),
        source,
        target,
        file,
        comment == null ? "" : comment,
        attachment.user());
    session.run(
        "UPDATE attachment SET isLatest=(mtime==(SELECT max(mtime) FROM attachment"
            + " WHERE target=?1 AND filename=?2)) WHERE target=?1 AND filename=?2",
        target,
        file);
    String type = "w";
    if (ArtifactName.isName(target)) {
      if (session.exists("SELECT 1 FROM tag WHERE tagname=?", "tkt-" + target)) {
        type = "t";
      } else if (session.exists("SELECT 1 FROM tag WHERE tagname=?", "event-" + target)) {
        type = "e";
      }
    }
    String what;
    if (source != null) {
      what = added(source.hex(), file);
    } else if (type.equals("e")) {
      what = "Delete attachment \"/artifact/" + hashes.linked(file) + "|" + html(file) + "\" from";
    } else {
      what = "Delete attachment \"" + html(file) + "\" from";
    }
    event(type, attachment.date(), rid, attachment.user(), what + place(type, target));
  }

  private String added(String source, String file) {
    return "Add attachment [/artifact/" + hashes.linked(source) + "|" + html(file) + "] to";
  }

  private String place(String type, String target) {
    return switch (type) {
      case "e" ->
          " tech note [/technote/" + hashes.linked(target) + "|" + hashes.shown(target) + "]";
      case "t" -> " ticket " + hashes.link(target);
      default -> " wiki page [" + html(target) + "]";
    };
  }

  private void event(String type, Instant date, long rid, @Nullable String user, String comment) {
    session.run(
        "REPLACE INTO event(type,mtime,objid,user,comment) VALUES(?,?,?,?,?)",
        type,
        JulianDay.of(date),
        rid,
        user,
        comment);
  }

  private static String stripLeading(String text) {
    int i = 0;
    while (i < text.length() && " \n\t\r\u000b\f".indexOf(text.charAt(i)) >= 0) {
      i++;
    }
    return text.substring(i);
  }
}
