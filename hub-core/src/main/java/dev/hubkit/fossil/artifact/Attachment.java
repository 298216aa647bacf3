package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file that is attached to a wiki page, ticket or technote, or removed from it.
 *
 * @param fileName the name of the file
 * @param target the title of the wiki page, or the identity of the ticket or technote
 * @param source the artifact that is the file, null when it is removed
 * @param comment describes the file
 * @param date when this was done
 * @param mimetype the format of the comment, null for Fossil wiki
 * @param user the user who did it
 */
public record Attachment(
    String fileName,
    String target,
    @Nullable ArtifactName source,
    @Nullable String comment,
    Instant date,
    @Nullable String mimetype,
    @Nullable String user)
    implements Artifact {
  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter().card('A').text(fileName).text(target);
    if (source != null) {
      out.raw(source.hex());
    }
    out.end();
    if (comment != null) {
      out.card('C').text(comment).end();
    }
    return out.date('D', date).mimetype(mimetype).user(user).finish();
  }
}
