package dev.hubkit.nats.jetstream.archive;

import java.io.ByteArrayOutputStream;

/** Numbers of variable length, as Go's encoding/binary writes them. Not thread-safe. */
final class Varints {
  private final byte[] bytes;
  private final String name;
  private int at;

  /**
   * Reads numbers from {@code at} on.
   *
   * @param name what the bytes are called when they are wrong
   */
  Varints(byte[] bytes, int at, String name) {
    this.bytes = bytes;
    this.at = at;
    this.name = name;
  }

  static void write(ByteArrayOutputStream out, long number) {
    long rest = number;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      out.write((int) rest | 0x80);
    }
    out.write((int) rest);
  }

  static void writeSigned(ByteArrayOutputStream out, long number) {
    write(out, number << 1 ^ number >> 63);
  }

  long read() {
    long number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int octet = bytes[claim(1)];
      number |= (long) (octet & 0x7f) << shift;
      if (octet >= 0) {
        return number;
      }
    }
    throw new ArchiveException(name + " has a number that is too long");
  }

  long readSigned() {
    long number = read();
    return number >>> 1 ^ -(number & 1);
  }

  /** A number that counts things of at least one byte each, which must be there. */
  int readCount() {
    long count = read();
    if (count < 0 || count > bytes.length - at) {
      throw new ArchiveException(name + " ends too early");
    }
    return (int) count;
  }

  /** Passes over bytes; returns where they are. */
  int claim(int length) {
    if (length > bytes.length - at) {
      throw new ArchiveException(name + " ends too early");
    }
    int start = at;
    at += length;
    return start;
  }
}
