package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.FileCards;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import org.jspecify.annotations.Nullable;

/** {@link Manifests} by record number, for one transaction. */
final class ManifestCache {
  private final ContentStore content;
  private final Manifests manifests;
  private final FileCards known = new FileCards();

  ManifestCache(ContentStore content, Manifests manifests) {
    this.content = content;
    this.manifests = manifests;
  }

  void put(long rid, Manifest manifest) {
    ArtifactName name = content.name(rid);
    if (name != null) {
      manifests.put(name, manifest);
    }
  }

  /** Returns the manifest of a record, null when it is missing or not a manifest. */
  @Nullable Manifest get(long rid) {
    ArtifactName name = rid == 0 ? null : content.name(rid);
    return name == null ? null : manifests.get(name, content, known);
  }

  /** Reads the artifact of a record, null when it is not one; keeps manifests. */
  @Nullable Artifact parse(long rid, byte[] bytes) {
    Artifact artifact = Artifact.parseIfArtifact(bytes, known);
    if (artifact instanceof Manifest manifest) {
      put(rid, manifest);
    }
    return artifact;
  }
}
