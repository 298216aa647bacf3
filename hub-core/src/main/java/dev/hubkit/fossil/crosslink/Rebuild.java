package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.Control;
import dev.hubkit.fossil.artifact.FileCards;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.MalformedContentException;
import dev.hubkit.fossil.content.Schema;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the derived tables from the content, as {@code fossil rebuild} does: deletes them, then
 * enters every artifact.
 */
public final class Rebuild {
  /** Tables that cannot be derived; all others are deleted. */
  private static final String KEPT =
      "('admin_log','blob','delta','rcvfrom','user','alias','config','shun','private',"
          + "'reportfmt','concealed','accesslog','modreq','purgeevent','purgeitem',"
          + "'unversioned','subscriber','pending_alert','chat')";

  private final Database database;
  private final DbTransaction session;
  private final ContentStore content;
  private final Manifests manifests;
  private final Crosslinker crosslinker;
  private final BitSet done = new BitSet();
  private final FileCards known = new FileCards();
  private boolean verifying;

  /** Prepares a rebuild in a write transaction of {@code database}. */
  public Rebuild(
      Database database, DbTransaction session, ContentStore content, Manifests manifests) {
    this.database = database;
    this.manifests = manifests;
    this.session = session;
    this.content = content;
    this.crosslinker = new Crosslinker(session, content, manifests);
  }

  /** Also checks every artifact against its name. */
  public Rebuild verifying() {
    verifying = true;
    return this;
  }

  /**
   * Rebuilds the tables.
   *
   * @param now the time of the tag that a trunk without one gets
   * @param progress receives from time to time how many artifacts are done
   * @throws MalformedContentException if content is damaged; then nothing has changed
   */
  public void run(Instant now, IntConsumer progress) {
    dropDerived();
    Schema.createLinks(session);
    new TicketSchema(session).create();
    removeShunned();
    session.run("INSERT INTO unclustered SELECT rid FROM blob EXCEPT SELECT rid FROM private");
    session.run("DELETE FROM config WHERE name IN ('remote-code','remote-maxid')");
    session.run("UPDATE user SET mtime=? WHERE mtime IS NULL", now.getEpochSecond());
    session.run("INSERT OR IGNORE INTO phantom SELECT rid FROM blob WHERE size<0");
    int count = 0;
    try (ReadAhead ahead = new ReadAhead(database, manifests, verifying)) {
      for (long root : fullTexts(session)) {
        count += enterTree(root, ahead);
        progress.accept(count);
      }
    }
    // These became full texts meanwhile, or are based on phantoms.
    for (long rid : session.list("SELECT rid FROM blob WHERE size>=0", row -> row.number(1))) {
      if (!done.get((int) rid) && content.isAvailable(rid)) {
        count += enterTree(rid, null);
      }
    }
    crosslinker.finish();
    tagTrunk(now);
    rebuildPrivate();
    crosslinker.finish();
    progress.accept(count);
  }

  private void dropDerived() {
    for (String table :
        session.list(
            "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT IN "
                + KEPT
                + " AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'fx_*'",
            row -> row.text(1))) {
      session.script("DROP TABLE IF EXISTS \"" + table.replace("\"", "\"\"") + "\"");
    }
  }

  private void removeShunned() {
    List<Long> shunned =
        session.list(
            "SELECT rid FROM blob WHERE uuid IN (SELECT uuid FROM shun)", row -> row.number(1));
    for (long rid : shunned) {
      session
          .list("SELECT rid FROM delta WHERE srcid=?", row -> row.number(1), rid)
          .forEach(content::undelta);
    }
    shunned.forEach(content::remove);
    session.run("DELETE FROM private WHERE rid NOT IN (SELECT rid FROM blob)");
  }

  /** The records that are stored in full. */
  static List<Long> fullTexts(DbTransaction session) {
    return session.list(
        "SELECT rid FROM blob WHERE size>=0 AND NOT EXISTS"
            + "(SELECT 1 FROM delta WHERE rid=blob.rid)",
        row -> row.number(1));
  }

  /** Enters a full text and everything based on it; returns their number. */
  private int enterTree(long root, @Nullable ReadAhead ahead) {
    int count = 0;
    Deque<Long> pending = new ArrayDeque<>();
    pending.push(root);
    for (Long next = pending.poll(); next != null; next = pending.poll()) {
      long rid = next;
      if (done.get((int) rid)) {
        continue;
      }
      ReadAhead.Entry entry = ahead == null ? null : ahead.next(rid, done);
      if (entry == null) {
        entry = read(rid);
      }
      if (entry == null) {
        continue;
      }
      if (entry.statedSize() != entry.content().length) {
        session.run("UPDATE blob SET size=? WHERE rid=?", entry.content().length, rid);
      }
      // The deltas based on it are listed before it is entered, since that may turn others into
      // deltas on it.
      List<Long> children =
          session.list("SELECT rid FROM delta WHERE srcid=?", row -> row.number(1), rid);
      Artifact artifact = entry.artifact();
      if (artifact != null) {
        crosslinker.link(rid, artifact);
      }
      done.set((int) rid);
      count++;
      children.removeIf(child -> done.get(child.intValue()));
      List<Long> order = BagOrder.of(children);
      for (int i = order.size() - 1; i >= 0; i--) {
        pending.push(order.get(i));
      }
    }
    return count;
  }

  private ReadAhead.@Nullable Entry read(long rid) {
    ArtifactName name = content.name(rid);
    byte[] bytes = name == null ? null : content.read(rid);
    if (name == null || bytes == null) {
      return null;
    }
    if (verifying && !name.names(bytes)) {
      throw new MalformedContentException("content does not hash to its name " + name);
    }
    Artifact artifact = Artifact.parseIfArtifact(bytes, known);
    if (artifact instanceof Manifest manifest) {
      manifests.put(name, manifest);
    }
    return new ReadAhead.Entry(rid, name, content.size(rid), bytes, artifact);
  }

  /** Names the first branch of repositories from before branches had names. */
  private void tagTrunk(Instant now) {
    if (session.exists("SELECT 1 FROM tag WHERE tagname='sym-trunk'")) {
      return;
    }
    long root =
        session.number(
            "SELECT pid FROM plink AS x WHERE NOT EXISTS(SELECT 1 FROM plink WHERE cid=x.pid)", 0);
    ArtifactName name = root == 0 ? null : content.name(root);
    if (name == null) {
      return;
    }
    List<TagChange> tags = new ArrayList<>();
    tags.add(new TagChange(TagChange.Kind.PROPAGATE, "branch", name, "trunk"));
    tags.add(new TagChange(TagChange.Kind.PROPAGATE, "sym-trunk", name, null));
    Control control = new Control(now, tags, "fossil");
    byte[] bytes = control.encode();
    crosslinker.link(content.put(bytes, false), control);
  }

  /** Marks as private the private check-ins and the files that only they have. */
  private void rebuildPrivate() {
    String privateCheckIns = "(SELECT rid FROM tagxref WHERE tagid=6 AND tagtype>0)";
    session.run(
        "INSERT OR IGNORE INTO private SELECT fid FROM mlink WHERE fid>0"
            + " EXCEPT SELECT fid FROM mlink WHERE mid NOT IN "
            + privateCheckIns);
    session.run("INSERT OR IGNORE INTO private SELECT rid FROM " + privateCheckIns);
    for (long rid :
        session.list(
            "SELECT rid FROM delta WHERE rid NOT IN private AND srcid IN private",
            row -> row.number(1))) {
      content.undelta(rid);
    }
  }
}
