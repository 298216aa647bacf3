package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.ForumPost;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;

/** Table {@code forumpost}: threads, replies and edits; and the timeline's comments on them. */
final class Forum {
  private final DbTransaction session;
  private final ContentStore content;
  private final Events events;
  private final Backlinks backlinks;

  Forum(DbTransaction session, ContentStore content, Events events, Backlinks backlinks) {
    this.session = session;
    this.content = content;
    this.events = events;
    this.backlinks = backlinks;
  }

  /** Enters a post. */
  void link(long rid, ForumPost post) {
    session.script(
        "CREATE TABLE IF NOT EXISTS forumpost(fpid INTEGER PRIMARY KEY, froot INT, fprev INT,"
            + " firt INT, fmtime REAL);"
            + "CREATE INDEX IF NOT EXISTS forumthread ON forumpost(froot,fmtime)");
    ArtifactName threadRoot = post.threadRoot();
    ArtifactName inReplyTo = post.inReplyTo();
    long root = threadRoot == null ? rid : content.phantom(threadRoot, false);
    Long prior = post.parents().isEmpty() ? null : content.phantom(post.parents().get(0), false);
    Long answered = inReplyTo == null ? null : content.phantom(inReplyTo, false);
    double mtime = JulianDay.printed(post.date());
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
      events.put(
          "f", post.date(), rid, post.user(), (prior == null ? "Post" : "Edit") + ": " + title);
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
      events.put("f", post.date(), rid, post.user(), kind + ": " + shown);
    }
    if (!post.text().isEmpty()) {
      backlinks.ofForumPost(post.text(), post.mimetype(), rid, JulianDay.of(post.date()));
    }
  }
}
