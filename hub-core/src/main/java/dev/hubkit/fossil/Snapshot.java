package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.Database;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.content.Session;
import org.jspecify.annotations.Nullable;

/** One consistent view of a repository; good inside {@link FossilRepository#read}. */
public sealed class Snapshot permits Transaction {
  private final Session session;
  private final ContentStore content;

  Snapshot(Database database, Session session) {
    this.session = session;
    this.content = new ContentStore(database, session);
  }

  /** The tables. */
  public final Session session() {
    return session;
  }

  /** The artifacts. */
  public final ContentStore content() {
    return content;
  }

  /** A setting of the repository (table {@code config}), null when it is not set. */
  public final @Nullable String setting(String name) {
    return session.text("SELECT value FROM config WHERE name=?", name);
  }

  /** Forty digits that all clones of the project share. */
  public final String projectCode() {
    return required("project-code");
  }

  /** Forty digits that are this repository's own. */
  public final String serverCode() {
    return required("server-code");
  }

  /**
   * The files of a check-in.
   *
   * @throws RepositoryException if there is no such check-in, or its baseline is missing
   */
  public final CheckInFiles checkInFiles(ArtifactName checkIn) {
    Manifest manifest = manifest(checkIn);
    ArtifactName baseline = manifest.baseline();
    return new CheckInFiles(manifest, baseline == null ? null : manifest(baseline));
  }

  private Manifest manifest(ArtifactName checkIn) {
    byte[] bytes = content.read(checkIn);
    if (bytes == null) {
      throw new RepositoryException("no check-in " + checkIn);
    }
    if (Artifact.parseIfArtifact(bytes) instanceof Manifest manifest) {
      return manifest;
    }
    throw new RepositoryException(checkIn + " is not a check-in");
  }

  /** Whether a check-in has no child on its branch. */
  public final boolean isLeaf(long rid) {
    return session.exists("SELECT 1 FROM leaf WHERE rid=?", rid);
  }

  private String required(String name) {
    String value = setting(name);
    if (value == null) {
      throw new RepositoryException("the repository has no " + name);
    }
    return value;
  }
}
