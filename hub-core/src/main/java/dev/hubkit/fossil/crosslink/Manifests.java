package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.artifact.Artifact;
import dev.hubkit.fossil.artifact.FileCards;
import dev.hubkit.fossil.artifact.Manifest;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.ContentStore;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The last used manifests of a repository, parsed. The key is the name, so an entry is never wrong;
 * the caller has to know that the repository has the manifest. Thread-safe.
 */
public final class Manifests {
  private static final long MOST_FILES = 300_000;

  private final Map<ArtifactName, Manifest> manifests = new LinkedHashMap<>(16, 0.75f, true);
  private long files;

  /** Makes an empty cache. */
  public Manifests() {}

  /** Returns the manifest with this name; null when {@code content} does not have it. */
  public @Nullable Manifest get(ArtifactName name, ContentStore content) {
    return get(name, content, new FileCards());
  }

  @Nullable Manifest get(ArtifactName name, ContentStore content, FileCards known) {
    Manifest cached = cached(name);
    long rid = content.rid(name);
    if (rid == 0 || cached != null) {
      return content.size(rid) < 0 ? null : cached;
    }
    byte[] bytes = content.read(rid);
    if (bytes != null && Artifact.parseIfArtifact(bytes, known) instanceof Manifest manifest) {
      put(name, manifest);
      return manifest;
    }
    return null;
  }

  private synchronized @Nullable Manifest cached(ArtifactName name) {
    return manifests.get(name);
  }

  /** Remembers a manifest that was just read or made. */
  public synchronized void put(ArtifactName name, Manifest manifest) {
    Manifest before = manifests.put(name, manifest);
    files += weight(manifest) - (before == null ? 0 : weight(before));
    Iterator<Manifest> oldest = manifests.values().iterator();
    while (files > MOST_FILES && manifests.size() > 4) {
      files -= weight(oldest.next());
      oldest.remove();
    }
  }

  private static int weight(Manifest manifest) {
    return manifest.files().size() + 50;
  }
}
