package dev.hubkit.fossil;

import dev.hubkit.fossil.artifact.ManifestFile;
import dev.hubkit.fossil.artifact.Names;
import dev.hubkit.fossil.content.ArtifactName;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The differences of all files of two check-ins. */
final class CheckInDiff {
  private final CheckIns checkIns;
  private final int context;

  CheckInDiff(CheckIns checkIns, int context) {
    this.checkIns = checkIns;
    this.context = context;
  }

  String between(ArtifactName from, ArtifactName to) {
    Map<String, ManifestFile> before = files(from);
    Map<String, ManifestFile> after = files(to);
    StringBuilder out = new StringBuilder();
    Map<String, ManifestFile> all = new TreeMap<>(Names::compare);
    all.putAll(before);
    all.putAll(after);
    for (String path : all.keySet()) {
      ManifestFile old = before.get(path);
      ManifestFile now = after.get(path);
      ArtifactName oldContent = old == null ? null : old.content();
      ArtifactName newContent = now == null ? null : now.content();
      if (!Objects.equals(oldContent, newContent)) {
        out.append("Index: ").append(path).append('\n');
        out.append("=".repeat(66)).append('\n');
        out.append(
            TextDiff.unified(
                old == null ? "/dev/null" : path,
                content(oldContent),
                now == null ? "/dev/null" : path,
                content(newContent),
                context));
        out.append('\n');
      }
    }
    return out.toString();
  }

  private Map<String, ManifestFile> files(ArtifactName checkIn) {
    Map<String, ManifestFile> files = new TreeMap<>(Names::compare);
    checkIns.files(checkIn).all().forEach(file -> files.put(file.name(), file));
    return files;
  }

  private byte[] content(@Nullable ArtifactName name) {
    byte[] bytes = name == null ? null : checkIns.content().read(name);
    return bytes == null ? new byte[0] : bytes;
  }
}
