package dev.hubkit.nats.jetstream.archive;

import dev.hubkit.nats.jetstream.store.StoredMessage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a message block, as nats-server's file store keeps them: a record for each message, little
 * endian.
 *
 * <pre>
 * length of the record        4 bytes, the highest bit set when there is a header block
 * sequence                    8 bytes, the highest bit set for a deleted message
 * nanoseconds since the epoch 8 bytes
 * length of the subject       2 bytes
 * subject
 * length of the header block  4 bytes, if there is one
 * header block, payload
 * HighwayHash                 8 bytes
 * </pre>
 */
final class BlockWriter {
  static final int HEADER = 22;
  static final int CHECKSUM = 8;
  static final int HAS_HEADERS = 1 << 31;
  static final long DELETED = 1L << 63;
  static final long TOMBSTONE = 1L << 62;
  static final VarHandle SHORTS = view(short[].class);
  static final VarHandle INTS = view(int[].class);
  static final VarHandle LONGS = view(long[].class);

  private static final byte[] NOTHING = {};

  private final HighwayHash hash;
  private byte[] bytes;
  private int size;

  private static VarHandle view(Class<?> arrayType) {
    return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.LITTLE_ENDIAN);
  }

  /** Writes block number {@code index} of a stream. */
  BlockWriter(String stream, int index, int expectedSize) {
    hash = hash(stream, index);
    bytes = new byte[expectedSize];
  }

  static HighwayHash hash(String stream, int index) {
    return new HighwayHash(stream + "-" + index);
  }

  void message(StoredMessage message) {
    record(
        message.sequence(),
        message.timestamp(),
        message.subject().getBytes(StandardCharsets.UTF_8),
        message.buffer(),
        message.offset(),
        message.headerLength(),
        message.length());
  }

  /** Says that a sequence was given out whose message is gone. */
  void deleted(long sequence, long timestamp) {
    record(sequence | DELETED, timestamp, NOTHING, NOTHING, 0, 0, 0);
  }

  private void record(
      long sequence,
      long timestamp,
      byte[] subject,
      byte[] content,
      int offset,
      int headerLength,
      int length) {
    boolean hasHeaders = headerLength > 0;
    int total = HEADER + subject.length + (hasHeaders ? 4 : 0) + length + CHECKSUM;
    if (bytes.length - size < total) {
      bytes = Arrays.copyOf(bytes, Math.max(size + total, 2 * bytes.length));
    }
    int at = size;
    INTS.set(bytes, at, hasHeaders ? total | HAS_HEADERS : total);
    LONGS.set(bytes, at + 4, sequence);
    LONGS.set(bytes, at + 12, timestamp);
    SHORTS.set(bytes, at + 20, (short) subject.length);
    hash.add(bytes, at + 4, 16);
    at += HEADER;
    System.arraycopy(subject, 0, bytes, at, subject.length);
    hash.add(bytes, at, subject.length);
    at += subject.length;
    if (hasHeaders) {
      INTS.set(bytes, at, headerLength);
      at += 4;
    }
    System.arraycopy(content, offset, bytes, at, length);
    hash.add(bytes, at, length);
    LONGS.set(bytes, at + length, hash.finish());
    size += total;
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }
}
