package dev.hubkit.fossil.content;

/** Which hash names new content. Source: Fossil's "Hash Policy" document. */
public enum HashPolicy {
  /** New content gets SHA1 names. */
  SHA1(0),
  /** SHA1 names until the first SHA3-256 name arrives, {@link #SHA3} from then on. */
  AUTO(1),
  /** New content gets SHA3-256 names, and SHA1 names are accepted. Fossil's default. */
  SHA3(2),
  /** SHA3-256 names; content that is in the repository under a SHA1 name is stored again. */
  SHA3_ONLY(3),
  /** SHA3-256 names; SHA1 names are refused when they come from elsewhere. */
  SHUN_SHA1(4);

  private final int number;

  HashPolicy(int number) {
    this.number = number;
  }

  /** The value of the {@code hash-policy} setting. */
  public int number() {
    return number;
  }

  /**
   * The policy with this number, {@link #SHA3} when there is none.
   *
   * @param number the value of the {@code hash-policy} setting
   */
  public static HashPolicy of(long number) {
    for (HashPolicy policy : values()) {
      if (policy.number == number) {
        return policy;
      }
    }
    return SHA3;
  }

  /** The name that new content gets. */
  public ArtifactName name(byte[] content) {
    return this == SHA1 || this == AUTO ? ArtifactName.sha1(content) : ArtifactName.sha3(content);
  }

  /**
   * Returns whether content that the repository already knows under its other name keeps that name
   * instead of being stored a second time.
   */
  boolean keepsOtherName() {
    return this == SHA1 || this == AUTO || this == SHA3;
  }

  /** The name that content may already have under the other hash. */
  ArtifactName otherName(byte[] content) {
    return this == SHA3 ? ArtifactName.sha1(content) : ArtifactName.sha3(content);
  }
}
