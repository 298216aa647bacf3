package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.content.DbTransaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Tables {@code tag} and {@code tagxref}: which artifact has which tag, and from which artifact.
 */
final class Tags {
  private final DbTransaction session;
  private final Leaves leaves;
  private final Backlinks backlinks;

  Tags(DbTransaction session, Leaves leaves, Backlinks backlinks) {
    this.session = session;
    this.leaves = leaves;
    this.backlinks = backlinks;
  }

  private record Tag(long id, long type, double mtime, @Nullable String value, long origin) {}

  private record Node(long rid, double mtime) {}

  /** Returns the number of a tag, and adds a new one. */
  long id(String name) {
    long id = session.number("SELECT tagid FROM tag WHERE tagname=?", 0, name);
    return id != 0 ? id : session.insert("INSERT INTO tag(tagname) VALUES(?)", name);
  }

  /**
   * Adds a tag to an artifact or removes it, unless a later artifact has changed it already, and
   * propagates that to its descendants.
   *
   * @param source the artifact that changes the tag
   * @return the number of the tag; negative when a later artifact prevails
   */
  long put(
      String name,
      TagChange.Kind kind,
      @Nullable String value,
      long source,
      double mtime,
      long rid) {
    long id = id(name);
    if (session.exists(
        "SELECT 1 FROM tagxref WHERE tagid=? AND rid=? AND mtime>=?", id, rid, mtime)) {
      return -id;
    }
    session.run(
        "REPLACE INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid) VALUES(?,?,?,?,?,?,?)",
        id,
        kind.number(),
        source,
        rid,
        value,
        mtime,
        rid);
    if (id == TagNumber.BRANCH) {
      leaves.doubt(rid);
    }
    String effective = kind == TagChange.Kind.CANCEL ? null : value;
    if (id == TagNumber.BGCOLOR) {
      session.run("UPDATE event SET bgcolor=? WHERE objid=?", effective, rid);
    } else if (id == TagNumber.COMMENT) {
      session.run("UPDATE event SET ecomment=? WHERE objid=?", effective, rid);
      backlinks.ofComment(effective == null ? "" : effective, rid, mtime);
    } else if (id == TagNumber.USER) {
      session.run("UPDATE event SET euser=? WHERE objid=?", effective, rid);
    } else if (id == TagNumber.PRIVATE) {
      session.run("INSERT OR IGNORE INTO private(rid) VALUES(?)", rid);
    } else if (id == TagNumber.DATE) {
      session.run(
          "UPDATE event SET mtime=julianday(?), omtime=coalesce(omtime,mtime) WHERE objid=?",
          effective,
          rid);
    }
    boolean propagates = kind == TagChange.Kind.PROPAGATE;
    propagate(new Tag(id, propagates ? 2 : 0, mtime, effective, rid), rid);
    return id;
  }

  /** Propagates all tags of a check-in to new descendants. */
  void propagateAll(long rid) {
    List<Tag> tags =
        session.list(
            "SELECT tagid, tagtype, mtime, value, origid FROM tagxref WHERE rid=?",
            row ->
                new Tag(
                    row.number(1),
                    row.number(2) == 2 ? 2 : 0,
                    row.real(3),
                    row.textOrNull(4),
                    row.number(5)),
            rid);
    for (Tag tag : tags) {
      propagate(tag, rid);
    }
  }

  /**
   * Propagates a tag to the primary children, the older first, as far as no other change stops it.
   */
  private void propagate(Tag tag, long from) {
    PriorityQueue<Node> queue = new PriorityQueue<>(Comparator.comparingDouble(Node::mtime));
    queue.add(new Node(from, 0));
    for (Node node = queue.poll(); node != null; node = queue.poll()) {
      List<Node> children = new ArrayList<>();
      session.each(
          "SELECT cid, plink.mtime, coalesce(srcid=0 AND tagxref.mtime<?, ?)"
              + " FROM plink LEFT JOIN tagxref ON cid=rid AND tagid=? WHERE pid=? AND isprim",
          row -> {
            if (row.number(3) != 0) {
              children.add(new Node(row.number(1), row.real(2)));
            }
          },
          tag.mtime,
          tag.type == 2,
          tag.id,
          node.rid);
      for (Node child : children) {
        queue.add(child);
        carry(tag, child.rid);
      }
    }
  }

  private void carry(Tag tag, long rid) {
    if (tag.type == 2) {
      session.run(
          "REPLACE INTO tagxref(tagid,tagtype,srcid,origid,value,mtime,rid)"
              + " VALUES(?,2,0,?,?,?,?)",
          tag.id,
          tag.origin,
          tag.value,
          tag.mtime,
          rid);
    } else {
      session.run("DELETE FROM tagxref WHERE tagid=? AND rid=?", tag.id, rid);
    }
    if (tag.id == TagNumber.BGCOLOR) {
      session.run(
          "UPDATE event SET bgcolor=? WHERE objid=?", tag.type == 2 ? tag.value : null, rid);
    } else if (tag.id == TagNumber.BRANCH) {
      leaves.doubt(rid);
    }
  }
}
