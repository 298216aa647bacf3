package dev.hubkit.nats.jetstream.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads a message block that comes in pieces, see {@link BlockWriter}. Not thread-safe. */
final class BlockReader {
  /** No message nats-server stores has a longer record. */
  private static final int MAX_RECORD = (32 << 20) + (64 << 10);

  private final String name;
  private final HighwayHash hash;
  private final ArchiveReader.Target target;
  private byte[] pending = new byte[1 << 16];
  private int size;

  /**
   * Reads block number {@code index} of a stream.
   *
   * @param name what the block is called when it is wrong
   */
  BlockReader(String stream, int index, String name, ArchiveReader.Target target) {
    this.name = name;
    this.target = target;
    this.hash = BlockWriter.hash(stream, index);
  }

  void content(byte[] bytes, int offset, int length) {
    if (size + length > pending.length) {
      pending = Arrays.copyOf(pending, Math.max(size + length, 2 * pending.length));
    }
    System.arraycopy(bytes, offset, pending, size, length);
    size += length;
    int at = 0;
    while (size - at >= BlockWriter.HEADER) {
      int total = (int) BlockWriter.INTS.get(pending, at) & ~BlockWriter.HAS_HEADERS;
      if (total < BlockWriter.HEADER + BlockWriter.CHECKSUM || total > MAX_RECORD) {
        throw bad("a record of " + total + " bytes");
      }
      if (size - at < total) {
        break;
      }
      record(at, total);
      at += total;
    }
    System.arraycopy(pending, at, pending, 0, size - at);
    size -= at;
  }

  private void record(int at, int total) {
    boolean hasHeaders = (int) BlockWriter.INTS.get(pending, at) < 0;
    long sequence = (long) BlockWriter.LONGS.get(pending, at + 4);
    long timestamp = (long) BlockWriter.LONGS.get(pending, at + 12);
    int subjectLength = (short) BlockWriter.SHORTS.get(pending, at + 20) & 0xffff;
    int subjectAt = at + BlockWriter.HEADER;
    int contentAt = subjectAt + subjectLength + (hasHeaders ? 4 : 0);
    int length = at + total - BlockWriter.CHECKSUM - contentAt;
    int headerLength = 0;
    if (length >= 0 && hasHeaders) {
      headerLength = (int) BlockWriter.INTS.get(pending, contentAt - 4);
    }
    if (length < 0 || headerLength < 0 || headerLength > length) {
      throw bad("a record that does not fit its message");
    }
    hash.add(pending, at + 4, 16);
    hash.add(pending, subjectAt, subjectLength);
    hash.add(pending, contentAt, length);
    if (hash.finish() != (long) BlockWriter.LONGS.get(pending, contentAt + length)) {
      throw bad("a wrong checksum at sequence " + Long.toUnsignedString(sequence));
    }
    if ((sequence & BlockWriter.TOMBSTONE) != 0) {
      long gone = sequence & ~BlockWriter.TOMBSTONE;
      target.gone(gone, gone);
    } else if (sequence < 0) {
      target.deleted(sequence & ~BlockWriter.DELETED, timestamp);
    } else if (sequence > 0) {
      String subject = new String(pending, subjectAt, subjectLength, StandardCharsets.UTF_8);
      target.message(sequence, timestamp, subject, pending, contentAt, headerLength, length);
    }
  }

  void end() {
    if (size > 0) {
      throw bad("part of a record at its end");
    }
  }

  private ArchiveException bad(String what) {
    return new ArchiveException(name + " has " + what);
  }
}
