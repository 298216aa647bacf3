package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.snappy.ByteSink;
import java.nio.charset.StandardCharsets;

/** Writes a tar file with regular files (POSIX.1-2001, "pax"). Not thread-safe. */
final class ArchiveTarWriter {
  static final int BLOCK = 512;
  private static final int NAME = 100;
  private static final byte[] ZEROES = new byte[2 * BLOCK];

  private final ByteSink out;
  private final long seconds;

  /** Writes files that were last changed {@code seconds} after the Unix epoch. */
  ArchiveTarWriter(ByteSink out, long seconds) {
    this.out = out;
    this.seconds = seconds;
  }

  /** Writes a file. */
  void file(String name, byte[] content, int length) {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > NAME) {
      byte[] record = record("path", name);
      header("PaxHeaders.0/name".getBytes(StandardCharsets.UTF_8), record.length, 'x');
      body(record, record.length);
    }
    header(path, length, '0');
    body(content, length);
  }

  private static byte[] record(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int bytes = rest.getBytes(StandardCharsets.UTF_8).length;
    int length = bytes + 1;
    while (length != bytes + Integer.toString(length).length()) {
      length = bytes + Integer.toString(length).length();
    }
    return (length + rest).getBytes(StandardCharsets.UTF_8);
  }

  private void header(byte[] name, long size, char type) {
    byte[] block = new byte[BLOCK];
    System.arraycopy(name, 0, block, 0, Math.min(name.length, NAME));
    octal(block, 100, 8, 0600);
    octal(block, 108, 8, 0);
    octal(block, 116, 8, 0);
    octal(block, 124, 12, size);
    octal(block, 136, 12, seconds);
    block[156] = (byte) type;
    text(block, 257, "ustar\u000000");
    text(block, 265, "nats");
    text(block, 297, "nats");
    long sum = 8 * ' ';
    for (byte octet : block) {
      sum += octet & 0xff;
    }
    octal(block, 148, 7, sum);
    block[155] = ' ';
    out.write(block, 0, BLOCK);
  }

  private static void octal(byte[] block, int at, int width, long value) {
    String digits = Long.toOctalString(value);
    text(block, at, "0".repeat(width - 1 - digits.length()) + digits);
  }

  private static void text(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private void body(byte[] content, int length) {
    out.write(content, 0, length);
    out.write(ZEROES, 0, -length & (BLOCK - 1));
  }

  /** Writes the end of the file. */
  void finish() {
    out.write(ZEROES, 0, ZEROES.length);
  }
}
