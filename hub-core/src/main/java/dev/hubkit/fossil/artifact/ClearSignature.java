package dev.hubkit.fossil.artifact;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Finds the artifact inside an OpenPGP signature, which is ignored. */
final class ClearSignature {
  private static final byte[] SIGNED = ascii("-----BEGIN PGP SIGNED MESSAGE-----");
  private static final byte[] SIGNATURE = ascii("\n-----BEGIN PGP SIGNATURE-");

  private ClearSignature() {}

  /** Returns whether the content is a signed message. */
  static boolean begins(byte[] content) {
    return startsWith(content, 0, SIGNED);
  }

  /**
   * Returns where the artifact begins and ends inside a clear-signed message; all of the content
   * when it is not signed.
   */
  static int[] artifactIn(byte[] content) {
    if (!begins(content)) {
      return new int[] {0, content.length};
    }
    int start = SIGNED.length;
    while (start < content.length && !afterBlankLine(content, start)) {
      start++;
    }
    int end = content.length;
    for (int i = content.length - 1; i >= start; i--) {
      if (startsWith(content, i, SIGNATURE)) {
        end = i + 1;
        break;
      }
    }
    return new int[] {Math.min(start, end), end};
  }

  private static boolean afterBlankLine(byte[] content, int at) {
    return content[at - 1] == '\n'
        && (content[at - 2] == '\n' || (content[at - 2] == '\r' && content[at - 3] == '\n'));
  }

  private static boolean startsWith(byte[] content, int at, byte[] start) {
    return content.length - at >= start.length
        && Arrays.equals(content, at, at + start.length, start, 0, start.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
