package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import java.util.List;

/**
 * A list of artifacts, so that a sync can speak of many by one name.
 *
 * @param members the artifacts, in the order of their names
 */
public record ClusterArtifact(List<ArtifactName> members) implements Artifact {
  /** Copies the list. */
  public ClusterArtifact {
    members = List.copyOf(members);
  }

  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter();
    members.stream().sorted().forEach(member -> out.card('M').raw(member.hex()).end());
    return out.finish();
  }
}
