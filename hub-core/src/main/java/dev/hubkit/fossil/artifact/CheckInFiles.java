package dev.hubkit.fossil.artifact;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All files of a check-in: those of its manifest and, if it has a baseline, the others of that.
 *
 * @param manifest the manifest
 * @param baseline the manifest it is based on, null when it lists all its files itself
 */
public record CheckInFiles(Manifest manifest, @Nullable Manifest baseline) {
  /** The entry for a path, null when the check-in has no such file. */
  public @Nullable ManifestFile find(String name) {
    ManifestFile own = manifest.file(name);
    if (own != null) {
      return own.content() == null ? null : own;
    }
    return baseline == null ? null : baseline.file(name);
  }

  /** All files, in the order of their names. */
  public List<ManifestFile> all() {
    if (baseline == null) {
      return manifest.files();
    }
    List<ManifestFile> base = baseline.files();
    List<ManifestFile> changes = manifest.files();
    List<ManifestFile> all = new ArrayList<>(base.size() + changes.size());
    int b = 0;
    for (ManifestFile change : changes) {
      while (b < base.size() && Names.compare(base.get(b).name(), change.name()) < 0) {
        all.add(base.get(b++));
      }
      if (b < base.size() && base.get(b).name().equals(change.name())) {
        b++;
      }
      if (change.content() != null) {
        all.add(change);
      }
    }
    all.addAll(base.subList(b, base.size()));
    return all;
  }
}
