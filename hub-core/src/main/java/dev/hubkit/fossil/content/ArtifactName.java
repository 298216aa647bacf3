package dev.hubkit.fossil.content;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name of an artifact: the hash of its content in lower-case hexadecimal, 40 digits of SHA1 or
 * 64 digits of SHA3-256. Source: Fossil's "Hash Policy" document (www/hashpolicy.wiki).
 *
 * @param hex the digits
 */
public record ArtifactName(String hex) implements Comparable<ArtifactName> {
  private static final int SHA1_DIGITS = 40;
  private static final int SHA3_DIGITS = 64;

  /**
   * Checks the form of the name.
   *
   * @throws MalformedContentException unless it is 40 or 64 lower-case hexadecimal digits
   */
  public ArtifactName {
    if (!isName(hex)) {
      String shown = hex.length() > 80 ? hex.substring(0, 80) + "..." : hex;
      throw new MalformedContentException(
          "not an artifact name (40 or 64 lower-case hexadecimal digits): \"" + shown + "\"");
    }
  }

  /** Returns whether {@code text} has the form of a name. */
  public static boolean isName(String text) {
    if (text.length() != SHA1_DIGITS && text.length() != SHA3_DIGITS) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** The SHA1 name of {@code content}. */
  public static ArtifactName sha1(byte[] content) {
    return new ArtifactName(HexFormat.of().formatHex(sha1Digest(content)));
  }

  /** The SHA3-256 name of {@code content}. */
  public static ArtifactName sha3(byte[] content) {
    return new ArtifactName(HexFormat.of().formatHex(Sha3.digest(content)));
  }

  /** Returns whether this is a SHA1 name; SHA3-256 otherwise. */
  public boolean isSha1() {
    return hex.length() == SHA1_DIGITS;
  }

  /** Returns whether {@code content} hashes to this name. */
  public boolean names(byte[] content) {
    return equals(isSha1() ? sha1(content) : sha3(content));
  }

  /** The first ten digits, as Fossil shows names to people. */
  public String abbreviated() {
    return hex.substring(0, 10);
  }

  @Override
  public int compareTo(ArtifactName other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }

  private static byte[] sha1Digest(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-1", e);
    }
  }
}
