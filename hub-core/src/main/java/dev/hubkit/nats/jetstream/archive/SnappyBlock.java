package dev.hubkit.nats.jetstream.archive;

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

  private final int[] table = new int[1 << HASH_BITS];
  private byte[] out = new byte[0];
  private int size;

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
    int end = offset + length;
    int at = offset;
    int copied = offset;
    int misses = 0;
    while (at + SHORTEST_MATCH <= end) {
      int word = word(input, at);
      int slot = (word * 0x1e35a7bd) >>> (32 - HASH_BITS);
      int before = table[slot];
      table[slot] = at;
      if (before >= 0 && word(input, before) == word) {
        int to = at + SHORTEST_MATCH;
        int from = before + SHORTEST_MATCH;
        while (to < end && input[to] == input[from]) {
          to++;
          from++;
        }
        literal(input, copied, at);
        copy(at - before, to - at);
        at = to;
        copied = to;
        misses = 0;
      } else {
        // What does not compress is skipped faster and faster.
        at += 1 + (misses++ >> 5);
      }
    }
    literal(input, copied, end);
    return size;
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
   * @throws ArchiveException if it is none
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
        throw new ArchiveException("s2: decoded block is too large");
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

    private static ArchiveException corrupt() {
      return new ArchiveException("s2: corrupt input");
    }
  }
}
