package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.fossil.content.RepositoryException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the timeline.
 *
 * @param rid its record number
 * @param name the artifact
 * @param type its type
 * @param time its place on the timeline
 * @param user the user who made it, as amended; null when the artifact names none
 * @param comment its comment, as amended
 * @param branch the branch of a check-in, else null
 * @param tags the symbolic names on a check-in
 * @param parents the record numbers of a check-in's parents, the primary one first
 * @param isLeaf whether a check-in has no child on its branch
 * @param isClosed whether a check-in is closed
 * @param color the background color it was given, else null
 */
public record TimelineEntry(
    long rid,
    ArtifactName name,
    Type type,
    Instant time,
    @Nullable String user,
    String comment,
    @Nullable String branch,
    List<String> tags,
    List<Long> parents,
    boolean isLeaf,
    boolean isClosed,
    @Nullable String color) {
  /** The types of entries. */
  public enum Type {
    /** A check-in. */
    CHECK_IN("ci"),
    /** A version of a wiki page. */
    WIKI("w"),
    /** A change of a ticket. */
    TICKET("t"),
    /** A technote. */
    TECHNOTE("e"),
    /** A change of tags. */
    TAG("g"),
    /** A forum post. */
    FORUM("f");

    private final String letters;

    Type(String letters) {
      this.letters = letters;
    }

    /** The letters for the type in the {@code event} table. */
    public String letters() {
      return letters;
    }

    static Type of(String letters) {
      for (Type type : values()) {
        if (type.letters.equals(letters)) {
          return type;
        }
      }
      throw new RepositoryException("unknown type of timeline entry: " + letters);
    }
  }
}
