package dev.hubkit.nats.snappy;

import java.util.Arrays;

/**
 * One block of Snappy data (https://github.com/google/snappy/blob/main/format_description.txt). It
 * is read with the extension of S2, by which a copy may repeat the offset of the one before.
 */
final class SnappyBlock {
  /** How many bytes a block may have at most that {@link #compress} is given. */
  static final int MAX_INPUT = 1 << 16;

  private static final int LITERAL = 0;
  private static final int SHORT_COPY = 1;
  private static final int COPY = 2;
  private static final int HASH_BITS = 14;
  private static final int SHORTEST_MATCH = 4;
  private static final int LONGEST_COPY = 64;

  private final int tries;
  private final int[] table = new int[1 << HASH_BITS];
  // For each place, the one before it whose bytes may begin alike; only for more than one try.
  private final int[] before;
  private int matchAt;
  private int matchLength;
  private byte[] out = new byte[0];
  private int size;

  /**
   * Compresses the faster, the fewer earlier places are looked at for each match.
   *
   * @param tries how many; at most 1 looks at the last place only
   */
  SnappyBlock(int tries) {
    this.tries = tries;
    this.before = new int[tries > 1 ? MAX_INPUT : 0];
  }

  /**
   * Compresses up to {@link #MAX_INPUT} bytes.
   *
   * @return how many bytes it took; they are in {@link #bytes}
   */
  int compress(byte[] input, int offset, int length) {
    out = out.length == 0 ? new byte[MAX_INPUT + MAX_INPUT / 6 + 64] : out;
    size = 0;
    length(length);
    Arrays.fill(table, -1);
    if (tries > 1) {
      compressWell(input, offset, offset + length);
    } else {
      compressFast(input, offset, offset + length);
    }
    return size;
  }

  private void compressFast(byte[] input, int offset, int end) {
    int at = offset;
    int copied = offset;
    int misses = 0;
    while (at + SHORTEST_MATCH <= end) {
      int word = word(input, at);
      int slot = slot(word);
      int last = table[slot];
      table[slot] = at;
      if (last >= 0 && word(input, last) == word) {
        int to = at + SHORTEST_MATCH;
        int from = last + SHORTEST_MATCH;
        while (to < end && input[to] == input[from]) {
          to++;
          from++;
        }
        literal(input, copied, at);
        copy(at - last, to - at);
        at = to;
        copied = to;
        misses = 0;
      } else {
        // What does not compress is skipped faster and faster.
        at += 1 + (misses++ >> 5);
      }
    }
    literal(input, copied, end);
  }

  private void compressWell(byte[] input, int offset, int end) {
    int at = offset;
    int copied = offset;
    while (at + SHORTEST_MATCH <= end) {
      find(input, offset, at, end);
      remember(input, offset, at);
      int length = matchLength;
      int from = matchAt;
      if (length >= SHORTEST_MATCH && at + 1 + SHORTEST_MATCH <= end) {
        // A longer match that begins at the next byte is worth more.
        find(input, offset, at + 1, end);
        length = matchLength > length + 1 ? 0 : length;
      }
      if (length < SHORTEST_MATCH) {
        at++;
        continue;
      }
      literal(input, copied, at);
      copy(at - from, length);
      for (int i = at + 1; i < at + length && i + SHORTEST_MATCH <= end; i++) {
        remember(input, offset, i);
      }
      at += length;
      copied = at;
    }
    literal(input, copied, end);
  }

  // Finds the longest match among the last places that may begin alike.
  private void find(byte[] input, int offset, int at, int end) {
    matchLength = 0;
    int from = table[slot(word(input, at))];
    for (int i = 0; i < tries && from >= 0; i++) {
      int length = 0;
      while (at + length < end && input[from + length] == input[at + length]) {
        length++;
      }
      if (length > matchLength) {
        matchLength = length;
        matchAt = from;
      }
      from = before[from - offset];
    }
  }

  private void remember(byte[] input, int offset, int at) {
    int slot = slot(word(input, at));
    before[at - offset] = table[slot];
    table[slot] = at;
  }

  private static int slot(int word) {
    return (word * 0x1e35a7bd) >>> (32 - HASH_BITS);
  }

  /** What the last compression has made. */
  byte[] bytes() {
    return out;
  }

  private void length(int length) {
    int rest = length;
    for (; rest >= 0x80; rest >>>= 7) {
      out[size++] = (byte) (rest | 0x80);
    }
    out[size++] = (byte) rest;
  }

  private void literal(byte[] input, int from, int to) {
    int length = to - from;
    if (length == 0) {
      return;
    }
    int code = length - 1;
    if (code < 60) {
      out[size++] = (byte) (code << 2);
    } else if (code < 256) {
      out[size++] = (byte) (60 << 2);
      out[size++] = (byte) code;
    } else {
      out[size++] = (byte) (61 << 2);
      out[size++] = (byte) code;
      out[size++] = (byte) (code >>> 8);
    }
    System.arraycopy(input, from, out, size, length);
    size += length;
  }

  private void copy(int offset, int length) {
    for (int rest = length; rest > 0; ) {
      int part = Math.min(rest, LONGEST_COPY);
      out[size++] = (byte) ((part - 1) << 2 | COPY);
      out[size++] = (byte) offset;
      out[size++] = (byte) (offset >>> 8);
      rest -= part;
    }
  }

  private static int word(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }

  /**
   * Expands a block.
   *
   * @param limit how many bytes may come of it
   * @throws FrameException if it is none
   */
  static byte[] expand(byte[] input, int offset, int length, int limit) {
    return new Expansion(input, offset, offset + length, limit).run();
  }

  private static final class Expansion {
    private final byte[] input;
    private final int end;
    private final byte[] output;
    private int at;
    private int size;
    private int distance;

    Expansion(byte[] input, int offset, int end, int limit) {
      this.input = input;
      this.at = offset;
      this.end = end;
      long length = 0;
      int shift = 0;
      int octet;
      do {
        octet = next();
        length |= (long) (octet & 0x7f) << shift;
        shift += 7;
      } while (octet >= 0x80 && shift < 35);
      if (length > limit) {
        throw new FrameException("s2: decoded block is too large");
      }
      output = new byte[(int) length];
    }

    byte[] run() {
      while (at < end) {
        int tag = next();
        int code = tag >>> 2;
        switch (tag & 3) {
          case LITERAL -> literal(code);
          case SHORT_COPY -> shortCopy(tag);
          case COPY -> {
            distance = number(2);
            repeat(code + 1L);
          }
          default -> {
            distance = number(4);
            repeat(code + 1L);
          }
        }
      }
      if (size != output.length) {
        throw corrupt();
      }
      return output;
    }

    private void literal(int code) {
      long length = 1L + (code < 60 ? code : number(code - 59) & 0xffffffffL);
      if (length > output.length - size || length > end - at) {
        throw corrupt();
      }
      System.arraycopy(input, at, output, size, (int) length);
      at += (int) length;
      size += (int) length;
    }

    private void shortCopy(int tag) {
      int code = (tag >>> 2) & 7;
      long length = code;
      int offset = (tag & 0xe0) << 3 | next();
      if (offset != 0) {
        distance = offset;
      } else if (code > 4) {
        int octets = code - 4;
        length = number(octets) + (octets == 1 ? 4 : 1L << (8 * (octets - 1)));
      }
      repeat(length + SHORTEST_MATCH);
    }

    private void repeat(long length) {
      if (distance <= 0 || distance > size || length > output.length - size) {
        throw corrupt();
      }
      for (long i = 0; i < length; i++) {
        output[size] = output[size - distance];
        size++;
      }
    }

    private int number(int octets) {
      int number = 0;
      for (int i = 0; i < octets; i++) {
        number |= next() << (8 * i);
      }
      return number;
    }

    private int next() {
      if (at >= end) {
        throw corrupt();
      }
      return input[at++] & 0xff;
    }

    private static FrameException corrupt() {
      return new FrameException("s2: corrupt input");
    }
  }
}
