package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.MalformedContentException;
import org.jspecify.annotations.Nullable;

/**
 * A structural artifact: one that says something about the project, unlike the content of a file.
 * Immutable. Source: Fossil's file-format document (www/fileformat.wiki).
 */
public sealed interface Artifact
    permits Manifest,
        ClusterArtifact,
        Control,
        WikiPage,
        TicketChange,
        Attachment,
        TechNote,
        ForumPost {
  /**
   * Reads an artifact.
   *
   * @throws MalformedContentException if it is not one; the message names the wrong card
   */
  static Artifact parse(byte[] content) {
    return new ArtifactParser(content, new FileCards()).parse();
  }

  /**
   * Reads an artifact; returns null when {@code content} is not one, such as the content of a file.
   */
  static @Nullable Artifact parseIfArtifact(byte[] content) {
    return parseIfArtifact(content, new FileCards());
  }

  /**
   * Reads an artifact as {@link #parseIfArtifact(byte[])} does; faster for many similar manifests.
   */
  static @Nullable Artifact parseIfArtifact(byte[] content, FileCards known) {
    if (!ArtifactParser.looksLikeArtifact(content)) {
      return null;
    }
    try {
      return new ArtifactParser(content, known).parse();
    } catch (MalformedContentException e) {
      // Files may look like artifacts; content that is not one to the last byte is just a file.
      return null;
    }
  }

  /** The canonical bytes, with the Z card that closes them. */
  byte[] encode();
}
