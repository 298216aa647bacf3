package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.FileCards;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.content.ContentStore;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The manifests read last, by record number: a check-in and its neighbours are needed together. */
final class ManifestCache {
  private static final int MOST_FILES = 200_000;

  private final ContentStore content;
  private final Map<Long, Manifest> manifests = new LinkedHashMap<>(16, 0.75f, true);
  private final FileCards known = new FileCards();
  private long files;

  ManifestCache(ContentStore content) {
    this.content = content;
  }

  void put(long rid, Manifest manifest) {
    Manifest before = manifests.put(rid, manifest);
    files += weight(manifest) - (before == null ? 0 : weight(before));
    var oldest = manifests.values().iterator();
    while (files > MOST_FILES && manifests.size() > 4) {
      files -= weight(oldest.next());
      oldest.remove();
    }
  }

  /** The manifest of a record, null when it is not there or no manifest. */
  @Nullable Manifest get(long rid) {
    Manifest known = manifests.get(rid);
    if (known != null || rid == 0) {
      return known;
    }
    byte[] bytes = content.read(rid);
    return bytes != null && parse(rid, bytes) instanceof Manifest manifest ? manifest : null;
  }

  /** Reads the artifact of a record, null when it is none; a manifest is kept. */
  @Nullable Artifact parse(long rid, byte[] bytes) {
    Artifact artifact = Artifact.parseIfArtifact(bytes, known);
    if (artifact instanceof Manifest manifest) {
      put(rid, manifest);
    }
    return artifact;
  }

  private static int weight(Manifest manifest) {
    return manifest.files().size() + 50;
  }
}
