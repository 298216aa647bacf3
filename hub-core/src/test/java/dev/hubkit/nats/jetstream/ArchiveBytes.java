package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.snappy.FrameWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Puts together the archive of a stream as nats-server 2.15 makes it. */
final class ArchiveBytes {
  /** The time of entries that say none, in nanoseconds. */
  static final long LONG_AGO = 1_000_000_000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  ArchiveBytes() {
    out.writeBytes("NATSARC1".getBytes(StandardCharsets.US_ASCII));
  }

  /** Adds an entry without headers. */
  ArchiveBytes entry(String name, long sequence, String content) {
    return entry(name, sequence, LONG_AGO, "", content);
  }

  /** Adds an entry whose content is a block of headers and a payload. */
  ArchiveBytes entry(String name, long sequence, long time, String headers, String payload) {
    byte[] words = name.getBytes(StandardCharsets.UTF_8);
    byte[] block = headers.getBytes(StandardCharsets.UTF_8);
    byte[] text = payload.getBytes(StandardCharsets.UTF_8);
    number(words.length);
    number((time << 1) ^ (time >> 63));
    number(sequence);
    number(block.length);
    number(text.length);
    out.writeBytes(words);
    out.writeBytes(block);
    out.writeBytes(text);
    return this;
  }

  private void number(long value) {
    long rest = value;
    while (Long.compareUnsigned(rest, 0x7f) > 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** Adds the entry that ends an archive. */
  ArchiveBytes end() {
    return entry("", 0, 0, "", "");
  }

  byte[] toBytes() {
    return FrameWriter.compress(out.toByteArray());
  }
}
