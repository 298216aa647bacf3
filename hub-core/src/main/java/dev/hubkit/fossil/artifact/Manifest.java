package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A check-in.
 *
 * @param baseline the manifest whose files this one changes, null when it lists all its files
 * @param comment the check-in comment
 * @param date when it was made
 * @param files its files, or the changed ones when there is a baseline, in the order of their names
 * @param mimetype the format of the comment, null for Fossil wiki
 * @param parents the primary parent, then merged ones
 * @param cherrypicks changes included without a merge
 * @param checksum the MD5 of all files with their names (R card), null when left out
 * @param tags tags on this check-in and perhaps others
 * @param user the user who made it
 */
public record Manifest(
    @Nullable ArtifactName baseline,
    @Nullable String comment,
    Instant date,
    List<ManifestFile> files,
    @Nullable String mimetype,
    List<ArtifactName> parents,
    List<Cherrypick> cherrypicks,
    @Nullable String checksum,
    List<TagChange> tags,
    @Nullable String user)
    implements Artifact {
  /** Copies the lists. */
  public Manifest {
    files = List.copyOf(files);
    parents = List.copyOf(parents);
    cherrypicks = List.copyOf(cherrypicks);
    tags = List.copyOf(tags);
  }

  /** Returns the entry of this manifest for a path, null when it has none. */
  public @Nullable ManifestFile file(String name) {
    int low = 0;
    int high = files.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      ManifestFile file = files.get(middle);
      int order = Names.compare(file.name(), name);
      if (order == 0) {
        return file;
      } else if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter();
    if (baseline != null) {
      out.card('B').raw(baseline.hex()).end();
    }
    if (comment != null) {
      out.card('C').text(comment).end();
    }
    out.date('D', date);
    for (ManifestFile file : files) {
      out.card('F').text(file.name());
      ArtifactName content = file.content();
      String prior = file.priorName();
      if (content != null) {
        out.raw(content.hex());
        if (file.permission() != Permission.REGULAR || prior != null) {
          out.raw(file.permission() == Permission.REGULAR ? "w" : file.permission().card());
        }
        if (prior != null) {
          out.text(prior);
        }
      }
      out.end();
    }
    out.mimetype(mimetype).parents(parents);
    for (Cherrypick pick : cherrypicks) {
      out.card('Q').raw((pick.backout() ? "-" : "+") + pick.target());
      ArtifactName base = pick.base();
      if (base != null) {
        out.raw(base.hex());
      }
      out.end();
    }
    if (checksum != null) {
      out.card('R').raw(checksum).end();
    }
    return out.tags(tags).user(user).finish();
  }
}
