package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.MalformedContentException;

/** The kinds of artifacts, and which cards each may and must have (file-format document). */
enum ArtifactType {
  MANIFEST("manifest", "BCDFNPQRTUZ", "DZ"),
  CLUSTER("cluster", "MZ", "MZ"),
  CONTROL("control artifact", "DTUZ", "DTUZ"),
  WIKI("wiki page", "CDLNPUWZ", "DLUWZ"),
  TICKET("ticket change", "DJKUZ", "DJKUZ"),
  ATTACHMENT("attachment", "ACDNUZ", "ADZ"),
  TECHNOTE("technote", "CDENPTUWZ", "DEWZ"),
  FORUM("forum post", "DGHINPUWZ", "DUWZ");

  private final String label;
  private final int allowed;
  private final int required;

  ArtifactType(String label, String allowed, String required) {
    this.label = label;
    this.allowed = mask(allowed);
    this.required = mask(required);
  }

  private static int mask(String cards) {
    return cards.chars().map(c -> card((char) c)).reduce(0, (a, b) -> a | b);
  }

  /** The bit of a card. */
  static int card(char letter) {
    return 1 << (letter - 'A');
  }

  /**
   * Checks that an artifact has the cards of its type.
   *
   * @param seen the cards it has, a bit each
   */
  void check(int seen) {
    int foreign = seen & ~allowed;
    if (foreign != 0) {
      throw new MalformedContentException(
          "artifact: a " + letter(foreign) + " card does not belong in a " + label);
    }
    int missing = required & ~seen;
    if (missing != 0) {
      throw new MalformedContentException(
          "artifact: no " + letter(missing) + " card in a " + label);
    }
  }

  private static char letter(int mask) {
    return (char) ('A' + Integer.numberOfTrailingZeros(mask));
  }
}
