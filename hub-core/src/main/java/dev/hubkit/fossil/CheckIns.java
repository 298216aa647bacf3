package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.CheckInFiles;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.RepositoryException;
import dev.hubkit.fossil.crosslink.Manifests;
import org.jspecify.annotations.Nullable;

/**
 * Reads the manifests and the files of check-ins in one transaction.
 *
 * @param session the tables
 * @param content the artifacts
 * @param manifests the manifests that were parsed last
 */
record CheckIns(DbTransaction session, ContentStore content, Manifests manifests) {
  /**
   * The manifest of a check-in.
   *
   * @throws RepositoryException if there is no such check-in
   */
  Manifest manifest(ArtifactName checkIn) {
    Manifest manifest = manifests.get(checkIn, content);
    if (manifest == null) {
      throw new RepositoryException("no check-in " + checkIn);
    }
    return manifest;
  }

  /**
   * The files of a check-in.
   *
   * @throws RepositoryException if there is no such check-in, or its baseline is missing
   */
  CheckInFiles files(ArtifactName checkIn) {
    Manifest manifest = manifest(checkIn);
    ArtifactName baseline = manifest.baseline();
    return new CheckInFiles(manifest, baseline == null ? null : manifest(baseline));
  }

  /**
   * The content of a file of a check-in, null when it has no such file.
   *
   * @throws RepositoryException if there is no such check-in, or the content is missing
   */
  byte @Nullable [] read(ArtifactName checkIn, String path) {
    ManifestFile file = files(checkIn).find(path);
    ArtifactName name = file == null ? null : file.content();
    if (name == null) {
      return null;
    }
    byte[] bytes = content.read(name);
    if (bytes == null) {
      throw new RepositoryException("the content " + name + " of \"" + path + "\" is missing");
    }
    return bytes;
  }

  /** Returns whether a check-in has no child on its branch. */
  boolean isLeaf(long rid) {
    return session.exists("SELECT 1 FROM leaf WHERE rid=?", rid);
  }
}
