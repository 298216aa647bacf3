package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import org.jspecify.annotations.Nullable;

/**
 * A T card: a tag or property that is added or cancelled.
 *
 * @param kind the kind of change
 * @param name the name of the tag, such as {@code branch} or {@code sym-release}
 * @param target the artifact it applies to, null for the artifact that holds the card
 * @param value the value of a property, else null
 */
public record TagChange(
    Kind kind, String name, @Nullable ArtifactName target, @Nullable String value) {
  /** The kinds of change. */
  public enum Kind {
    /** A tag is removed, or stopped from propagating. */
    CANCEL('-', 0),
    /** A tag is added to one artifact. */
    SINGLE('+', 1),
    /** A tag is added to a check-in and all its descendants. */
    PROPAGATE('*', 2);

    private final char sign;
    private final int number;

    Kind(char sign, int number) {
      this.sign = sign;
      this.number = number;
    }

    /** The sign in front of the name on the card. */
    public char sign() {
      return sign;
    }

    /** The number in the {@code tagtype} column of the {@code tagxref} table. */
    public int number() {
      return number;
    }
  }

  /** A tag on the artifact that holds the card. */
  public static TagChange onSelf(Kind kind, String name, @Nullable String value) {
    return new TagChange(kind, name, null, value);
  }

  /** The sign and the name, as written on the card. */
  public String signedName() {
    return kind.sign() + name;
  }
}
