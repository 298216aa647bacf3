package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Cherrypick;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.artifact.Permission;
import dev.hubkit.fossil.artifact.TagChange;
import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A check-in that is to be made: who says what, on top of which parent, with which changes to its
 * files. Without a parent it is the root of a new line and its files are all there are. Filled by
 * one thread, then given to {@link FossilRepository#commit}; used once.
 */
public final class Commit {
  final String user;
  final String comment;
  final List<ArtifactName> parents = new ArrayList<>();
  final List<Cherrypick> cherrypicks = new ArrayList<>();
  final Map<String, Change> changes = new LinkedHashMap<>();
  final List<TagChange> tags = new ArrayList<>();
  @Nullable String branch;
  @Nullable String mimetype;
  @Nullable Instant time;
  @Nullable Boolean checksum;
  boolean fromScratch;
  boolean isPrivate;
  boolean deltaManifest;
  boolean allowEmpty;
  boolean allowFork;
  boolean allowOlder;

  /** What happens to a path. */
  sealed interface Change {}

  record Put(Permission permission, FileContent content) implements Change {}

  record SetPermission(Permission permission) implements Change {}

  record Rename(String from) implements Change {}

  record Delete() implements Change {}

  /**
   * Starts one.
   *
   * @param user the login of who makes it
   * @param comment what it is about, not blank
   */
  public Commit(String user, String comment) {
    if (user.isBlank()) {
      throw new IllegalArgumentException("a check-in needs a user");
    }
    if (comment.isBlank()) {
      throw new IllegalArgumentException("a check-in needs a comment");
    }
    this.user = user;
    this.comment = comment;
  }

  /** The check-in that it stands on. */
  public Commit onTopOf(ArtifactName parent) {
    parents.remove(parent);
    parents.add(0, parent);
    return this;
  }

  /** A check-in whose changes are merged in; {@link #onTopOf} names the other parent. */
  public Commit merging(ArtifactName parent) {
    if (!parents.contains(parent)) {
      parents.add(parent);
    }
    return this;
  }

  /** A check-in whose changes were taken over without a merge. */
  public Commit cherrypicking(ArtifactName checkIn) {
    cherrypicks.add(new Cherrypick(false, checkIn, null));
    return this;
  }

  /** A check-in whose changes were taken out again. */
  public Commit backingOut(ArtifactName checkIn) {
    cherrypicks.add(new Cherrypick(true, checkIn, null));
    return this;
  }

  /** Begins with no files rather than those of the parent. */
  public Commit fromScratch() {
    fromScratch = true;
    return this;
  }

  /** Adds or replaces an ordinary file. */
  public Commit put(String path, FileContent content) {
    return put(path, Permission.REGULAR, content);
  }

  /**
   * Adds or replaces a file.
   *
   * @param path relative, with slashes
   * @param permission what it is; the content of a symbolic link is its target
   * @throws IllegalArgumentException if the path is not one that a check-in can hold
   */
  public Commit put(String path, Permission permission, FileContent content) {
    return change(path, new Put(permission, content));
  }

  /** Changes what a file is, but not its content. */
  public Commit setPermission(String path, Permission permission) {
    return change(path, new SetPermission(permission));
  }

  /** Renames a file. {@link #put} on the new path gives it another content as well. */
  public Commit rename(String from, String to) {
    change(to, new Rename(from));
    return this;
  }

  /** Removes a file. */
  public Commit delete(String path) {
    return change(path, new Delete());
  }

  private Commit change(String path, Change change) {
    if (!Names.isSimplePath(path)) {
      throw new IllegalArgumentException("not a path that a check-in can hold: \"" + path + "\"");
    }
    if (Names.isReserved(path)) {
      throw new IllegalArgumentException("Fossil keeps this name for itself: \"" + path + "\"");
    }
    if (changes.get(path) instanceof Rename rename && change instanceof Put put) {
      changes.put(path, new RenamedPut(rename.from, put));
    } else {
      changes.put(path, change);
    }
    return this;
  }

  record RenamedPut(String from, Put put) implements Change {}

  /** Puts it on a branch of its own, which begins here. Without it, it is on its parent's. */
  public Commit branch(String name) {
    branch = name;
    return this;
  }

  /** Puts a symbolic name on it, such as a release. */
  public Commit tag(String name) {
    return tag(TagChange.onSelf(TagChange.Kind.SINGLE, "sym-" + name, null));
  }

  /** Puts a tag or property on it. */
  public Commit tag(TagChange tag) {
    tags.add(tag);
    return this;
  }

  /** How the comment is to be read, such as {@code text/x-markdown}; Fossil wiki otherwise. */
  public Commit mimetype(String type) {
    mimetype = type;
    return this;
  }

  /** When it was made, to the millisecond; otherwise now. */
  public Commit at(Instant when) {
    time = when;
    return this;
  }

  /** Keeps it and its files from being synced. */
  public Commit asPrivate() {
    isPrivate = true;
    return this;
  }

  /** Writes only what differs from the last full manifest; good for trees of very many files. */
  public Commit asDeltaManifest() {
    deltaManifest = true;
    return this;
  }

  /**
   * Whether to write the checksum over all files (R card), for which all of them have to be read;
   * otherwise the setting {@code repo-cksum} says, which is on unless set.
   */
  public Commit checksum(boolean written) {
    checksum = written;
    return this;
  }

  /** Accepts that nothing changes. */
  public Commit allowEmpty() {
    allowEmpty = true;
    return this;
  }

  /** Accepts a parent that already has a child on the same branch. */
  public Commit allowFork() {
    allowFork = true;
    return this;
  }

  /** Accepts a time before that of the parent. */
  public Commit allowOlder() {
    allowOlder = true;
    return this;
  }
}
