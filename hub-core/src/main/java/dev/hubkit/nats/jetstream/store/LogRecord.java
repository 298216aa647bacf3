package dev.hubkit.nats.jetstream.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The form of records in a segment, all numbers little-endian:
 *
 * <pre>
 * 4  checksum: CRC-32C of all that follows, xor the salt of the segment
 * 4  length of all that follows this field
 * 1  type
 * 8  sequence
 * …  by type:
 *    MESSAGE       8 timestamp, 8 time to live, 4 header length, 2 subject length,
 *                  subject, header block, payload
 *    REMOVE        nothing
 *    ERASED        8 timestamp, then as many bytes as the message had more
 *    SKIP          8 timestamp; the sequence is the last one skipped
 *    REMOVE_BELOW  8 last sequence, 8 its timestamp
 *    CLEAR         8 last sequence, 8 its timestamp; the sequence is the first one
 *    END           8 where it is; the sequence is the last one of the log
 * </pre>
 *
 * <p>An END is the last thing in its file; the next write overwrites it. So a file that was cut,
 * even between two records, has none.
 *
 * <p>The salt keeps a copy of a record inside some payload from ever being taken for a record.
 */
final class LogRecord {
  static final byte MESSAGE = 1;
  static final byte REMOVE = 2;
  static final byte ERASED = 3;
  static final byte SKIP = 4;
  static final byte REMOVE_BELOW = 5;
  static final byte CLEAR = 6;
  static final byte END = 7;

  static final int PREFIX = 8;
  static final int TYPE = 8;
  static final int SEQUENCE = 9;
  static final int BODY = 17;
  static final int TIMESTAMP = 17;
  static final int TTL = 25;
  static final int HEADER_LENGTH = 33;
  static final int SUBJECT_LENGTH = 37;
  static final int SUBJECT = 39;

  /** The length of an END. */
  static final int END_LENGTH = BODY + 8;

  /** No record is longer; what says so is not a record. */
  static final int MAX_LENGTH = 256 * 1024 * 1024;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private LogRecord() {}

  static int getInt(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at);
  }

  static void putInt(byte[] bytes, int at, int value) {
    INTS.set(bytes, at, value);
  }

  static long getLong(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  static void putLong(byte[] bytes, int at, long value) {
    LONGS.set(bytes, at, value);
  }

  static int getShort(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) | ((bytes[at + 1] & 0xFF) << 8);
  }

  static void putShort(byte[] bytes, int at, int value) {
    bytes[at] = (byte) value;
    bytes[at + 1] = (byte) (value >>> 8);
  }

  /** The whole length of a record, from what its length field says; negative when impossible. */
  static int length(byte[] bytes, int at) {
    int rest = getInt(bytes, at + 4);
    return rest < BODY - PREFIX || rest > MAX_LENGTH ? -1 : rest + PREFIX;
  }

  /** Fills in length and checksum of a record that is otherwise complete. */
  static void seal(byte[] bytes, int at, int length, int salt, CRC32C checksum) {
    putInt(bytes, at + 4, length - PREFIX);
    putInt(bytes, at, sum(bytes, at, length, checksum) ^ salt);
  }

  /**
   * Puts an END of a log into an array.
   *
   * @param last the last sequence of the log
   * @param position where the END is going to be in the segment
   */
  static void putEnd(byte[] bytes, int at, int salt, long last, long position, CRC32C checksum) {
    bytes[at + TYPE] = END;
    putLong(bytes, at + SEQUENCE, last);
    putLong(bytes, at + BODY, position);
    seal(bytes, at, END_LENGTH, salt, checksum);
  }

  /**
   * Whether the beginning of a record makes sense.
   *
   * @param length what it says its length is; so many bytes are there, or as many as come before a
   *     subject
   */
  static boolean isLikely(byte[] bytes, int at, int length) {
    return switch (bytes[at + TYPE]) {
      case MESSAGE -> {
        if (length < SUBJECT) {
          yield false;
        }
        long rest = (long) length - SUBJECT - getShort(bytes, at + SUBJECT_LENGTH);
        int headerLength = getInt(bytes, at + HEADER_LENGTH);
        yield headerLength >= 0 && headerLength <= rest;
      }
      case REMOVE -> length == BODY;
      case SKIP, END -> length == BODY + 8;
      // What it stands for was at least as long as a message.
      case ERASED -> length >= SUBJECT && getLong(bytes, at + TTL) == 0;
      case REMOVE_BELOW, CLEAR -> length == BODY + 16;
      default -> false;
    };
  }

  /** Whether a record is what was written. */
  static boolean isWhole(byte[] bytes, int at, int length, int salt, CRC32C checksum) {
    if (getInt(bytes, at) != (sum(bytes, at, length, checksum) ^ salt)) {
      return false;
    }
    return switch (bytes[at + TYPE]) {
      case MESSAGE ->
          length >= SUBJECT && payload(bytes, at) >= 0 && payload(bytes, at) <= at + length;
      case REMOVE -> true;
      case SKIP, ERASED, END -> length >= BODY + 8;
      case REMOVE_BELOW, CLEAR -> length >= BODY + 16;
      default -> false;
    };
  }

  private static int sum(byte[] bytes, int at, int length, CRC32C checksum) {
    checksum.reset();
    checksum.update(bytes, at + 4, length - 4);
    return (int) checksum.getValue();
  }

  static long sequence(byte[] bytes, int at) {
    return getLong(bytes, at + SEQUENCE);
  }

  /** Where the header block of a message starts. */
  static int header(byte[] bytes, int at) {
    return at + SUBJECT + getShort(bytes, at + SUBJECT_LENGTH);
  }

  /** Where the payload of a message starts; negative when the lengths make no sense. */
  static int payload(byte[] bytes, int at) {
    int headerLength = getInt(bytes, at + HEADER_LENGTH);
    return headerLength < 0 ? -1 : header(bytes, at) + headerLength;
  }
}
