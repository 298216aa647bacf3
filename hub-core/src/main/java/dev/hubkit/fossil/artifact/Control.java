package dev.hubkit.fossil.artifact;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of tags of other artifacts.
 *
 * @param date when they were made
 * @param tags the changes, each with its target
 * @param user the user who made them
 */
public record Control(Instant date, List<TagChange> tags, @Nullable String user)
    implements Artifact {
  /** Copies the list. */
  public Control {
    tags = List.copyOf(tags);
  }

  @Override
  public byte[] encode() {
    return new ArtifactCardWriter().date('D', date).tags(tags).user(user).finish();
  }
}
