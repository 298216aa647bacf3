package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A version of a technote: a text with a place on the timeline.
 *
 * @param comment the line on the timeline
 * @param date when this version was written
 * @param eventDate its place on the timeline
 * @param id the hash that is the technote's identity
 * @param mimetype the format of the text, null for Fossil wiki
 * @param parents the version before
 * @param tags tags on it
 * @param user the user who wrote it
 * @param text the text
 */
public record TechNote(
    @Nullable String comment,
    Instant date,
    Instant eventDate,
    ArtifactName id,
    @Nullable String mimetype,
    List<ArtifactName> parents,
    List<TagChange> tags,
    @Nullable String user,
    String text)
    implements Artifact {
  /** Copies the lists. */
  public TechNote {
    parents = List.copyOf(parents);
    tags = List.copyOf(tags);
  }

  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter();
    if (comment != null) {
      out.card('C').text(comment).end();
    }
    out.date('D', date).card('E').raw(ArtifactCardWriter.seconds(eventDate)).raw(id.hex()).end();
    return out.mimetype(mimetype).parents(parents).tags(tags).user(user).body(text).finish();
  }
}
