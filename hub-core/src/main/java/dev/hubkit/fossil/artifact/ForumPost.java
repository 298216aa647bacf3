package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A forum post, or an edit of one.
 *
 * @param date when it was written
 * @param threadRoot the post that began the thread, null for that post itself
 * @param title the title of the thread, on its first post
 * @param inReplyTo the post this one answers
 * @param mimetype the format of the text, null for Fossil wiki
 * @param parents the post that this one edits
 * @param user the user who wrote it
 * @param text the text
 */
public record ForumPost(
    Instant date,
    @Nullable ArtifactName threadRoot,
    @Nullable String title,
    @Nullable ArtifactName inReplyTo,
    @Nullable String mimetype,
    List<ArtifactName> parents,
    @Nullable String user,
    String text)
    implements Artifact {
  /** Copies the list. */
  public ForumPost {
    parents = List.copyOf(parents);
  }

  @Override
  public byte[] encode() {
    ArtifactCardWriter out = new ArtifactCardWriter().date('D', date);
    if (threadRoot != null) {
      out.card('G').raw(threadRoot.hex()).end();
    }
    if (title != null) {
      out.card('H').text(title).end();
    }
    if (inReplyTo != null) {
      out.card('I').raw(inReplyTo.hex()).end();
    }
    return out.mimetype(mimetype).parents(parents).user(user).body(text).finish();
  }
}
