package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.Control;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.artifact.TicketChange;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.crosslink.Crosslinker;
import dev.hubkit.fossil.crosslink.Manifests;
import dev.hubkit.fossil.crosslink.Rebuild;
import dev.hubkit.time.TimeSource;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A view of a repository that can also write; valid inside {@link FossilRepository#write}. */
public final class Transaction extends Snapshot {
  private final Database database;
  private final TimeSource time;
  private Crosslinker crosslinker;

  Transaction(Database database, DbTransaction session, Manifests manifests, TimeSource time) {
    super(database, session, manifests);
    this.database = database;
    this.time = time;
    this.crosslinker = new Crosslinker(session, content(), manifests);
  }

  /** Changes a setting of the repository (table {@code config}). */
  public void set(String name, String value) {
    settings().set(name, value, now());
  }

  /** Removes a setting, so that its default applies. */
  public void unset(String name) {
    settings().unset(name);
  }

  /**
   * Makes a check-in.
   *
   * @return its name
   * @throws IOException if the content of a file cannot be read
   * @throws RepositoryException if the check-in is impossible: an unknown parent, a fork, no change
   */
  public ArtifactName commit(Commit commit) throws IOException {
    long user = session().number("SELECT uid FROM user WHERE login=?", 0, commit.user);
    content().receiveFrom(new ContentStore.Receipt(user, null, null));
    Manifest manifest = new CommitWriter(checkIns(), settings(), time, commit).write();
    return add(manifest, commit.isPrivate);
  }

  /**
   * Stores an artifact that was made here and enters it in the derived tables.
   *
   * @return its name
   */
  public ArtifactName add(Artifact artifact) {
    return add(artifact, false);
  }

  private ArtifactName add(Artifact artifact, boolean isPrivate) {
    ArtifactName name = content().put(content().prepare(artifact.encode()), isPrivate);
    if (artifact instanceof Manifest manifest) {
      checkIns().manifests().put(name, manifest);
    }
    long rid = content().rid(name);
    session().run("INSERT OR IGNORE INTO unsent VALUES(?)", rid);
    crosslinker.link(rid, artifact);
    crosslinker.finish();
    return name;
  }

  /**
   * Writes a version of a wiki page; a blank text deletes the page.
   *
   * @param mimetype the format of the text, null for Fossil wiki
   */
  public ArtifactName writeWiki(String user, String title, @Nullable String mimetype, String text) {
    return add(wiki().next(user, title, mimetype, text, now()));
  }

  /**
   * Opens or changes a ticket.
   *
   * @param id the forty digits of the ticket, null for a new one
   * @param changes values of fields; with a {@code +} in front of the name the value is appended
   * @return the forty digits of the ticket
   * @throws RepositoryException if tickets of this project do not have such a field
   */
  public String changeTicket(String user, @Nullable String id, Map<String, String> changes) {
    TicketChange change = tickets().change(user, id, changes, now());
    add(change);
    return change.ticket();
  }

  /**
   * Adds tags to artifacts or removes them.
   *
   * @param changes the changes, each with its target
   */
  public ArtifactName changeTags(String user, List<TagChange> changes) {
    if (changes.isEmpty() || changes.stream().anyMatch(change -> change.target() == null)) {
      throw new IllegalArgumentException("every change of a tag needs a target");
    }
    return add(new Control(now(), changes, user));
  }

  /** Adds or replaces an unversioned file. */
  public void putUnversioned(String path, byte[] content) {
    unversioned().put(path, content, now());
  }

  /** Removes an unversioned file, also from the repositories that this one syncs with. */
  public void removeUnversioned(String path) {
    unversioned().remove(path, now());
  }

  /**
   * Adds a user, or changes what a user may do.
   *
   * @param capabilities letters of Fossil's "Administering User Capabilities" document
   * @param contact the name and address of the user, null to leave it
   */
  public void putUser(String login, String capabilities, @Nullable String contact) {
    users().put(login, capabilities, contact, now());
  }

  /** Sets the password of a user; an empty one keeps the user from logging in. */
  public void setPassword(String login, String password) {
    users().setPassword(login, password, now());
  }

  /** Removes a user. */
  public void removeUser(String login) {
    users().remove(login);
  }

  /**
   * Enters stored content in the derived tables if it is an artifact. For content from elsewhere.
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
   * Rebuilds all derived tables from the content, as {@code fossil rebuild} does.
   *
   * @param progress receives from time to time how many artifacts are done
   */
  public void rebuild(IntConsumer progress) {
    rebuild(new Rebuild(database, session(), content(), checkIns().manifests()), progress);
  }

  /**
   * Rebuilds like {@link #rebuild}, and also checks every artifact against its name. For content
   * from elsewhere that was stored unchecked.
   *
   * @throws MalformedContentException if an artifact does not match its name; the transaction must
   *     not be committed then
   */
  public void rebuildVerifying(IntConsumer progress) {
    rebuild(
        new Rebuild(database, session(), content(), checkIns().manifests()).verifying(), progress);
  }

  private void rebuild(Rebuild rebuild, IntConsumer progress) {
    rebuild.run(now(), progress);
    crosslinker =
        new Crosslinker(
            session(), content(), checkIns().manifests()); // the old one knows numbers of old rows
    set("content-schema", CreateOptions.CONTENT_SCHEMA);
    set("aux-schema", CreateOptions.AUX_SCHEMA);
    set("rebuilt", CreateOptions.RELEASE);
  }

  private Instant now() {
    return time.now();
  }

  /** Enters and checks what had to wait for the end of the transaction. */
  void finish() {
    crosslinker.finish();
    content().verify();
  }
}
