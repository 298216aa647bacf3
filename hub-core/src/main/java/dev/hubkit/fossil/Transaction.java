package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.Session;
import dev.hubkit.fossil.crosslink.Crosslinker;
import dev.hubkit.fossil.crosslink.Rebuild;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.time.Instant;
import java.util.function.IntConsumer;

/** A view of a repository that can be written to; good inside {@link FossilRepository#write}. */
public final class Transaction extends Snapshot {
  private final TimeSource time;
  private Crosslinker crosslinker;

  Transaction(Database database, Session session, TimeSource time) {
    super(database, session);
    this.time = time;
    this.crosslinker = new Crosslinker(session, content());
  }

  /** Changes a setting of the repository (table {@code config}). */
  public void set(String name, String value) {
    session()
        .run(
            "REPLACE INTO config(name,value,mtime) VALUES(?,?,?)",
            name,
            value,
            time.now().getEpochSecond());
  }

  /** Takes a setting away, so that its default holds. */
  public void unset(String name) {
    session().run("DELETE FROM config WHERE name=?", name);
  }

  /**
   * Makes a check-in.
   *
   * @return its name
   * @throws IOException if the content of a file cannot be read
   * @throws RepositoryException if it is not possible: an unknown parent, a fork, nothing changed
   */
  public ArtifactName commit(Commit commit) throws IOException {
    long user = session().number("SELECT uid FROM user WHERE login=?", 0, commit.user);
    content().receiveFrom(new ContentStore.Receipt(user, null, null));
    return new CommitWriter(this, commit).write();
  }

  /**
   * Stores an artifact that was made here and enters it in the derived tables.
   *
   * @return its name
   */
  public ArtifactName add(Artifact artifact) {
    byte[] bytes = artifact.encode();
    long rid = content().put(bytes, false);
    session().run("INSERT OR IGNORE INTO unsent VALUES(?)", rid);
    crosslinker.link(rid, artifact);
    crosslinker.finish();
    return content().nameFor(bytes);
  }

  /**
   * Enters stored content in the derived tables if it is an artifact; for content that came from
   * elsewhere.
   *
   * @param rid its record number
   */
  public void link(long rid) {
    byte[] bytes = content().read(rid);
    if (bytes != null) {
      crosslinker.link(rid, bytes);
    }
  }

  /**
   * Makes all derived tables again from the content, as {@code fossil rebuild} does.
   *
   * @param progress is told, now and then, how many artifacts are done
   */
  public void rebuild(IntConsumer progress) {
    new Rebuild(session(), content()).run(now(), progress);
    crosslinker = new Crosslinker(session(), content()); // the old one knows numbers of old rows
    set("content-schema", CreateOptions.CONTENT_SCHEMA);
    set("aux-schema", CreateOptions.AUX_SCHEMA);
    set("rebuilt", CreateOptions.RELEASE);
  }

  Crosslinker crosslinker() {
    return crosslinker;
  }

  Instant now() {
    return time.now();
  }

  /** What is due before the transaction commits. */
  void finish() {
    crosslinker.finish();
    content().verify();
  }
}
