package dev.hubkit.fossil.artifact;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tags put on or taken from other artifacts.
 *
 * @param date when that was done
 * @param tags what was done, each with its target
 * @param user the user who did it
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
