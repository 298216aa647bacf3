package dev.hubkit.fossil.content;

import java.util.Arrays;

/** Writes the commands of a delta. */
final class DeltaWriter {
  private static final byte[] DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
          .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final byte[] target;
  private byte[] out;
  private int end;

  DeltaWriter(byte[] target) {
    this.target = target;
    this.out = new byte[Math.min(target.length, 4096) + 64];
    number(target.length);
    put('\n');
  }

  /** Writes bytes of the target that the source does not have. */
  void insert(int from, int length) {
    if (length == 0) {
      return;
    }
    number(length);
    put(':');
    reserve(length);
    System.arraycopy(target, from, out, end, length);
    end += length;
  }

  /** Writes a copy of bytes of the source. */
  void copy(int from, int length) {
    number(length);
    put('@');
    number(from);
    put(',');
  }

  byte[] finish() {
    number(Delta.checksum(target));
    put(';');
    return Arrays.copyOf(out, end);
  }

  private void number(int number) {
    reserve(6);
    int shift = 0;
    while (shift < 30 && number >>> (shift + 6) != 0) {
      shift += 6;
    }
    for (; shift >= 0; shift -= 6) {
      out[end++] = DIGITS[(number >>> shift) & 63];
    }
  }

  private void put(char c) {
    reserve(1);
    out[end++] = (byte) c;
  }

  private void reserve(int more) {
    if (out.length - end < more) {
      out = Arrays.copyOf(out, Math.max(end + more, out.length + out.length / 2));
    }
  }
}
