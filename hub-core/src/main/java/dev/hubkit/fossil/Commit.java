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
 * A check-in to be made: its user, comment, parents and changes to files. Without a parent, it is
 * the root of a new line of development and has only the files that are put. One thread fills it
 * and passes it to {@link FossilRepository#commit}, once.
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

  /** A change to a path. */
  sealed interface Change {}

  record Put(Permission permission, FileContent content) implements Change {}

  record SetPermission(Permission permission) implements Change {}

  record Rename(String from) implements Change {}

  record Delete() implements Change {}

  /**
   * Begins a check-in.
   *
   * @param user the login of its author
   * @param comment the comment, not blank
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

  /** Sets the primary parent. */
  public Commit onTopOf(ArtifactName parent) {
    parents.remove(parent);
    parents.add(0, parent);
    return this;
  }

  /** Adds a parent whose changes are merged in; {@link #onTopOf} names the primary parent. */
  public Commit merging(ArtifactName parent) {
    if (!parents.contains(parent)) {
      parents.add(parent);
    }
    return this;
  }

  /** Notes a check-in whose changes are included without a merge. */
  public Commit cherrypicking(ArtifactName checkIn) {
    cherrypicks.add(new Cherrypick(false, checkIn, null));
    return this;
  }

  /** Notes a check-in whose changes are taken out again. */
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
   * @param permission the kind of file; the content of a symbolic link is its target
   * @throws IllegalArgumentException if the path is not one that a check-in can hold
   */
  public Commit put(String path, Permission permission, FileContent content) {
    return change(path, new Put(permission, content));
  }

  /** Changes the kind of a file, but not its content. */
  public Commit setPermission(String path, Permission permission) {
    return change(path, new SetPermission(permission));
  }

  /** Renames a file. A {@link #put} on the new path also changes its content. */
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

  /** Begins a new branch with this check-in; otherwise it stays on the branch of its parent. */
  public Commit branch(String name) {
    branch = name;
    return this;
  }

  /** Adds a symbolic name, such as that of a release. */
  public Commit tag(String name) {
    return tag(TagChange.onSelf(TagChange.Kind.SINGLE, "sym-" + name, null));
  }

  /** Adds a tag or property. */
  public Commit tag(TagChange tag) {
    tags.add(tag);
    return this;
  }

  /** Sets the format of the comment, such as {@code text/x-markdown}; Fossil wiki by default. */
  public Commit mimetype(String type) {
    mimetype = type;
    return this;
  }

  /** Sets the time of the check-in, to the millisecond; now by default. */
  public Commit at(Instant when) {
    time = when;
    return this;
  }

  /** Makes the check-in and its files private, so that no sync sends them. */
  public Commit asPrivate() {
    isPrivate = true;
    return this;
  }

  /**
   * Writes only the differences to the last full manifest, which pays off for trees of very many
   * files.
   */
  public Commit asDeltaManifest() {
    deltaManifest = true;
    return this;
  }

  /**
   * Sets whether to write the checksum over all files (R card), which requires reading them all. By
   * default the setting {@code repo-cksum} decides, which is on unless it is changed.
   */
  public Commit checksum(boolean written) {
    checksum = written;
    return this;
  }

  /** Allows a check-in that changes nothing. */
  public Commit allowEmpty() {
    allowEmpty = true;
    return this;
  }

  /** Allows a parent that already has a child on the same branch. */
  public Commit allowFork() {
    allowFork = true;
    return this;
  }

  /** Allows a time before that of the parent. */
  public Commit allowOlder() {
    allowOlder = true;
    return this;
  }
}
