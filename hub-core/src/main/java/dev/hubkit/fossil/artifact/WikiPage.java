package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A version of a wiki page.
 *
 * @param comment what was changed, usually null
 * @param date when it was written
 * @param title the name of the page
 * @param mimetype the format of the text, null for Fossil wiki
 * @param parents the version before
 * @param user the user who wrote it
 * @param text the page; blank text stands for a deleted page
 */
public record WikiPage(
    @Nullable String comment,
    Instant date,
    String title,
    @Nullable String mimetype,
    List<ArtifactName> parents,
    @Nullable String user,
    String text)
    implements Artifact {
  /** Copies the list. */
  public WikiPage {
    parents = List.copyOf(parents);
  }

  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter();
    if (comment != null) {
      out.card('C').text(comment).end();
    }
    out.date('D', date).card('L').text(title).end();
    return out.mimetype(mimetype).parents(parents).user(user).body(text).finish();
  }
}
