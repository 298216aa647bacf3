package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.crosslink.Manifests;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One consistent view of a repository; valid inside {@link FossilRepository#read}. */
public sealed class Snapshot permits Transaction {
  private final DbTransaction session;
  private final ContentStore content;
  private final CheckIns checkIns;
  private final RepositorySettings settings;

  Snapshot(Database database, DbTransaction session, Manifests manifests) {
    this.session = session;
    this.content = new ContentStore(database, session);
    this.checkIns = new CheckIns(session, content, manifests);
    this.settings = new RepositorySettings(session);
  }

  /** The tables. */
  public final DbTransaction session() {
    return session;
  }

  /** The artifacts. */
  public final ContentStore content() {
    return content;
  }

  /** A setting of the repository (table {@code config}), null when it is not set. */
  public final @Nullable String setting(String name) {
    return settings.get(name);
  }

  /** Forty digits that all clones of the project share. */
  public final String projectCode() {
    return settings.projectCode();
  }

  /** Forty digits that identify this repository. */
  public final String serverCode() {
    return settings.required("server-code");
  }

  /**
   * The files of a check-in.
   *
   * @throws RepositoryException if there is no such check-in, or its baseline is missing
   */
  public final CheckInFiles checkInFiles(ArtifactName checkIn) {
    return checkIns.files(checkIn);
  }

  final CheckIns checkIns() {
    return checkIns;
  }

  final RepositorySettings settings() {
    return settings;
  }

  /**
   * Finds the check-in that a name stands for: a hash or the beginning of one, a branch, a tag,
   * {@code tip}, a date, {@code root:}, {@code start:}, {@code merge-in:} and the other forms of
   * Fossil's "Check-in Names" document. Dates are UTC.
   *
   * @throws RepositoryException if there is none, or several hashes begin so
   */
  public final ArtifactName resolve(String name) {
    long rid = new VersionNames(session, "ci").resolve(name);
    if (rid == 0) {
      throw new RepositoryException("no check-in \"" + name + "\"");
    }
    return VersionNames.name(session, rid);
  }

  /**
   * Does the same as {@link #resolve}, for any artifact.
   *
   * @throws RepositoryException if there is none, or several hashes begin so
   */
  public final ArtifactName resolveArtifact(String name) {
    long rid = new VersionNames(session, "*").resolve(name);
    if (rid == 0) {
      throw new RepositoryException("no artifact \"" + name + "\"");
    }
    return VersionNames.name(session, rid);
  }

  /** The manifest of a check-in. */
  public final Manifest checkIn(ArtifactName checkIn) {
    return checkIns.manifest(checkIn);
  }

  /**
   * The content of a file of a check-in, null when it has no such file.
   *
   * @throws RepositoryException if there is no such check-in, or the content is missing
   */
  public final byte @Nullable [] readFile(ArtifactName checkIn, String path) {
    return checkIns.read(checkIn, path);
  }

  /** Entries of the timeline, the newest first. */
  public final List<TimelineEntry> timeline(TimelineFilter filter) {
    return new RepositoryHistory(session).timeline(filter);
  }

  /**
   * The timeline entry of an artifact.
   *
   * @throws RepositoryException if it has none
   */
  public final TimelineEntry timelineEntry(ArtifactName name) {
    return new RepositoryHistory(session).entry(content.rid(name));
  }

  /**
   * Finds the check-in that each line of a file comes from, along the primary ancestors of a
   * check-in.
   *
   * @param limit the most versions of the file to look at
   */
  public final List<AnnotatedLine> annotate(ArtifactName checkIn, String path, int limit) {
    return new Annotation(checkIns, limit).annotate(checkIn, path);
  }

  /**
   * Returns the differences between the files of two check-ins, as a unified diff with file names
   * in the form that {@code patch -p0} takes.
   */
  public final String diff(ArtifactName from, ArtifactName to, int context) {
    return new CheckInDiff(checkIns, context).between(from, to);
  }

  /** All branches, the last changed one first. */
  public final List<Branch> branches() {
    return new RepositoryHistory(session).branches();
  }

  /** All symbolic names of single check-ins, newest first. */
  public final List<Tag> tags() {
    return new RepositoryHistory(session).tags();
  }

  /** The wiki. */
  public final Wiki wiki() {
    return new Wiki(session, content);
  }

  /** The tickets. */
  public final Tickets tickets() {
    return new Tickets(session);
  }

  /** The users. */
  public final Users users() {
    return new Users(session, settings);
  }

  /** The unversioned files. */
  public final Unversioned unversioned() {
    return new Unversioned(session, content);
  }
}
