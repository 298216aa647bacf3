package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What a segment begins with, all numbers little-endian:
 *
 * <pre>
 * 8  "HubSeg" and a version of two bytes
 * 4  salt of the checksums of its records
 * 4  flags: 1 when what follows the header is compressed ({@link CompressedBlocks}), 2 when the
 *    file ends with an END ({@link LogRecord})
 * 8  base: the next sequence when the segment was begun
 * 8  timestamp of the sequence before
 * 4  CRC-32C of all that, of the number of the segment and of what distinguishes its log from others
 * </pre>
 *
 * <p>So the file of another log, or of another segment, does not pass for this one. Version 1 has
 * the checksum without number and log.
 *
 * @param salt of the checksums of the records
 * @param isCompressed whether chunks follow
 * @param hasEnd whether the file ends with an END; one that does not then was cut
 * @param base the next sequence when the segment was begun
 * @param baseTimestamp the time of the sequence before
 */
record SegmentHeader(
    int salt, boolean isCompressed, boolean hasEnd, long base, long baseTimestamp) {
  static final int LENGTH = 36;
  private static final int COMPRESSED = 1;
  private static final int END = 2;
  private static final byte[] MAGIC = {'H', 'u', 'b', 'S', 'e', 'g', 0, 2};
  private static final int VERSION = 7;

  /**
   * The bytes at the beginning of a file.
   *
   * @param log distinguishes the log from others
   */
  byte[] toBytes(int number, int log) {
    byte[] header = new byte[LENGTH];
    System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
    LogRecord.putInt(header, 8, salt);
    LogRecord.putInt(header, 12, (isCompressed ? COMPRESSED : 0) | (hasEnd ? END : 0));
    LogRecord.putLong(header, 16, base);
    LogRecord.putLong(header, 24, baseTimestamp);
    LogRecord.putInt(header, LENGTH - 4, sum(header, number, log));
    return header;
  }

  /** What bytes say; null when they are no header of this segment. */
  static @Nullable SegmentHeader parse(byte[] bytes, int number, int log) {
    byte[] magic = Arrays.copyOf(bytes, MAGIC.length);
    boolean isFirst = magic[VERSION] == 1;
    magic[VERSION] = MAGIC[VERSION];
    int sum = isFirst ? sum(bytes) : sum(bytes, number, log);
    int flags = LogRecord.getInt(bytes, 12);
    if (!Arrays.equals(magic, MAGIC)
        || LogRecord.getInt(bytes, LENGTH - 4) != sum
        || (flags & ~(COMPRESSED | END)) != 0) {
      return null;
    }
    return new SegmentHeader(
        LogRecord.getInt(bytes, 8),
        (flags & COMPRESSED) != 0,
        (flags & END) != 0,
        LogRecord.getLong(bytes, 16),
        LogRecord.getLong(bytes, 24));
  }

  private static int sum(byte[] header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, LENGTH - 4);
    return (int) checksum.getValue();
  }

  private static int sum(byte[] header, int number, int log) {
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, LENGTH - 4);
    byte[] place = new byte[8];
    LogRecord.putInt(place, 0, number);
    LogRecord.putInt(place, 4, log);
    checksum.update(place, 0, place.length);
    return (int) checksum.getValue();
  }
}
