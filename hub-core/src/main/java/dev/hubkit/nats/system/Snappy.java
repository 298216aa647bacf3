package dev.hubkit.nats.system;

import java.io.ByteArrayOutputStream;
import java.util.zip.CRC32C;

/**
 * Compresses into the Snappy framing format, which clients of the system account ask for.
 *
 * @see <a href="https://github.com/google/snappy/blob/main/framing_format.txt">Framing format</a>
 * @see <a href="https://github.com/google/snappy/blob/main/format_description.txt">Format</a>
 */
final class Snappy {
  private static final byte[] STREAM_IDENTIFIER = {
    (byte) 0xff, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'
  };
  private static final int BLOCK = 1 << 16;
  private static final int COMPRESSED = 0;
  private static final int UNCOMPRESSED = 1;
  private static final int TABLE_BITS = 13;
  private static final int SHORTEST_MATCH = 4;
  private static final int LONGEST_COPY = 64;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Snappy() {}

  static byte[] compress(byte[] data) {
    Snappy snappy = new Snappy();
    snappy.out.writeBytes(STREAM_IDENTIFIER);
    for (int from = 0; from < data.length; from += BLOCK) {
      snappy.chunk(data, from, Math.min(data.length, from + BLOCK));
    }
    return snappy.out.toByteArray();
  }

  private void chunk(byte[] data, int from, int to) {
    byte[] block = block(data, from, to);
    CRC32C crc = new CRC32C();
    crc.update(data, from, to - from);
    int sum = (int) crc.getValue();
    int masked = ((sum >>> 15) | (sum << 17)) + 0xa282ead8;
    boolean smaller = block.length < to - from;
    int length = (smaller ? block.length : to - from) + 4;
    out.write(smaller ? COMPRESSED : UNCOMPRESSED);
    littleEndian(out, length, 3);
    littleEndian(out, masked, 4);
    if (smaller) {
      out.writeBytes(block);
    } else {
      out.write(data, from, to - from);
    }
  }

  private static void littleEndian(ByteArrayOutputStream to, int value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      to.write(value >>> (8 * i));
    }
  }

  // Takes the last place where four bytes were seen, which is enough for JSON.
  private static byte[] block(byte[] data, int from, int to) {
    ByteArrayOutputStream block = new ByteArrayOutputStream((to - from) / 2 + 16);
    int length = to - from;
    while (length >= 0x80) {
      block.write(length | 0x80);
      length >>>= 7;
    }
    block.write(length);
    int[] seen = new int[1 << TABLE_BITS];
    int literal = from;
    int at = from;
    while (at + SHORTEST_MATCH <= to) {
      int hash = (word(data, at) * 0x1e35a7bd) >>> (32 - TABLE_BITS);
      int candidate = seen[hash] - 1;
      seen[hash] = at + 1;
      if (candidate < from || word(data, candidate) != word(data, at)) {
        at++;
        continue;
      }
      int match = SHORTEST_MATCH;
      while (at + match < to && data[candidate + match] == data[at + match]) {
        match++;
      }
      literal(block, data, literal, at);
      copy(block, at - candidate, match);
      at += match;
      literal = at;
    }
    literal(block, data, literal, to);
    return block.toByteArray();
  }

  private static int word(byte[] data, int at) {
    return (data[at] & 0xff)
        | (data[at + 1] & 0xff) << 8
        | (data[at + 2] & 0xff) << 16
        | data[at + 3] << 24;
  }

  private static void literal(ByteArrayOutputStream block, byte[] data, int from, int to) {
    int length = to - from;
    if (length == 0) {
      return;
    }
    if (length <= 60) {
      block.write((length - 1) << 2);
    } else {
      block.write(61 << 2);
      littleEndian(block, length - 1, 2);
    }
    block.write(data, from, length);
  }

  // Always with an offset of two bytes: blocks are no longer than those reach.
  private static void copy(ByteArrayOutputStream block, int offset, int length) {
    for (int left = length; left > 0; left -= LONGEST_COPY) {
      block.write((Math.min(left, LONGEST_COPY) - 1) << 2 | 2);
      littleEndian(block, offset, 2);
    }
  }
}
