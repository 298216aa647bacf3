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
    return new ArtifactParser(content, new FileCards()).parse();
  }

  /** Reads an artifact; null when {@code content} is none, such as the content of a file. */
  static @Nullable Artifact parseIfArtifact(byte[] content) {
    return parseIfArtifact(content, new FileCards());
  }

  /** The same, for many manifests that are much alike. */
  static @Nullable Artifact parseIfArtifact(byte[] content, FileCards known) {
    if (!ArtifactParser.looksLikeArtifact(content)) {
      return null;
    }
    try {
      return new ArtifactParser(content, known).parse();
    } catch (MalformedContentException e) {
      // Files may look like artifacts; what is not one to the last byte is just content.
      return null;
    }
  }

  /** The canonical bytes, with the Z card that closes them. */
  byte[] encode();
}
