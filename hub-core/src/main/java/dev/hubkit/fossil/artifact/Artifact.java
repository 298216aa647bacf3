package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.MalformedContentException;
import org.jspecify.annotations.Nullable;

/**
 * A structural artifact: one that says something about the project, as against the content of a
 * file. Values are immutable. Source: Fossil's file-format document (www/fileformat.wiki).
 */
public sealed interface Artifact
    permits Manifest, Cluster, Control, WikiPage, TicketChange, Attachment, TechNote, ForumPost {
  /**
   * Reads an artifact.
   *
   * @throws MalformedContentException if it is none, with the card that is wrong
   */
  static Artifact parse(byte[] content) {
    return new ArtifactParser(content).parse();
  }

  /** Reads an artifact; null when {@code content} is none, such as the content of a file. */
  static @Nullable Artifact parseIfArtifact(byte[] content) {
    if (!ArtifactParser.looksLikeArtifact(content)) {
      return null;
    }
    try {
      return parse(content);
    } catch (MalformedContentException e) {
      // Files may look like artifacts; what is not one to the last byte is just content.
      return null;
    }
  }

  /** The canonical bytes, with the Z card that closes them. */
  byte[] encode();
}
