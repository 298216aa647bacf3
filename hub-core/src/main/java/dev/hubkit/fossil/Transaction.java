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
import dev.hubkit.fossil.content.MalformedContentException;
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

/** A view of a repository that can be written to; good inside {@link FossilRepository#write}. */
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

  /** Takes a setting away, so that its default holds. */
  public void unset(String name) {
    settings().unset(name);
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
   * @param mimetype how the text is to be read, null for Fossil wiki
   */
  public ArtifactName writeWiki(String user, String title, @Nullable String mimetype, String text) {
    return add(wiki().next(user, title, mimetype, text, now()));
  }

  /**
   * Opens or changes a ticket.
   *
   * @param id the forty digits of the ticket, null to open a new one
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
   * Puts tags on artifacts or takes them away.
   *
   * @param changes what to do, each with its target
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

  /** Removes an unversioned file, here and wherever this is synced to. */
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
   * @param progress receives, now and then, how many artifacts are done
   */
  public void rebuild(IntConsumer progress) {
    rebuild(new Rebuild(database, session(), content(), checkIns().manifests()), progress);
  }

  /**
   * {@link #rebuild} that also holds every artifact to its name; for content that came from
   * elsewhere and was stored as it came.
   *
   * @throws MalformedContentException if one is not what its name says; the transaction must not be
   *     committed then
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
