package dev.hubkit.nats.jetstream.store;

import dev.hubkit.nats.wire.MessageBody;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The records that wait to be written at the end of a segment, as they are going to be there. */
final class LogBuffer {
  private static final int IDLE = 64 * 1024;

  private final CRC32C checksum = new CRC32C();
  private byte[] bytes = new byte[4 * 1024];
  private int length;

  byte[] bytes() {
    return bytes;
  }

  /** How many bytes there are. */
  int length() {
    return length;
  }

  /** Adds a message; returns where its record starts. */
  int message(int salt, long sequence, byte[] subject, MessageBody body, long timestamp, long ttl) {
    int bodyLength = body.length();
    int size = LogRecord.SUBJECT + subject.length + bodyLength;
    int at = room(size);
    byte[] to = bytes;
    to[at + LogRecord.TYPE] = LogRecord.MESSAGE;
    LogRecord.putLong(to, at + LogRecord.SEQUENCE, sequence);
    LogRecord.putLong(to, at + LogRecord.TIMESTAMP, timestamp);
    LogRecord.putLong(to, at + LogRecord.TTL, ttl);
    LogRecord.putInt(to, at + LogRecord.HEADER_LENGTH, body.headerLength());
    LogRecord.putShort(to, at + LogRecord.SUBJECT_LENGTH, subject.length);
    System.arraycopy(subject, 0, to, at + LogRecord.SUBJECT, subject.length);
    System.arraycopy(
        body.buffer(), body.offset(), to, at + LogRecord.SUBJECT + subject.length, bodyLength);
    LogRecord.seal(to, at, size, salt, checksum);
    return at;
  }

  /** Adds a record of another type, with none, one or two numbers. */
  void put(int salt, byte type, long sequence, int numbers, long first, long second) {
    int size = LogRecord.BODY + 8 * numbers;
    int at = room(size);
    bytes[at + LogRecord.TYPE] = type;
    LogRecord.putLong(bytes, at + LogRecord.SEQUENCE, sequence);
    if (numbers > 0) {
      LogRecord.putLong(bytes, at + LogRecord.BODY, first);
    }
    if (numbers > 1) {
      LogRecord.putLong(bytes, at + LogRecord.BODY + 8, second);
    }
    LogRecord.seal(bytes, at, size, salt, checksum);
  }

  /**
   * Puts an END behind the records, as what is written last; it is not one of them.
   *
   * @param last the last sequence of the log
   * @param position where the first record is going to be in the segment
   * @return how many bytes are to be written
   */
  int end(int salt, long last, int position) {
    LogRecord.putEnd(bytes, length, salt, last, (long) position + length, checksum);
    return length + LogRecord.END_LENGTH;
  }

  /** Makes room at the end, and for an END behind it; returns where it starts. */
  private int room(int size) {
    int at = length;
    int needed = at + size + LogRecord.END_LENGTH;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, bytes.length * 2));
    }
    length = at + size;
    return at;
  }

  /** Leaves only what says that older messages are gone; returns how many messages it drops. */
  int keepRemovals() {
    int kept = 0;
    int dropped = 0;
    for (int at = 0; at < length; ) {
      int size = LogRecord.length(bytes, at);
      byte type = bytes[at + LogRecord.TYPE];
      if (type == LogRecord.REMOVE || type == LogRecord.REMOVE_BELOW) {
        System.arraycopy(bytes, at, bytes, kept, size);
        kept += size;
      } else if (type == LogRecord.MESSAGE) {
        dropped++;
      }
      at += size;
    }
    length = kept;
    return dropped;
  }

  /** Empties it, and lets go of what a large batch took. */
  void clear() {
    length = 0;
    if (bytes.length > IDLE) {
      bytes = new byte[IDLE];
    }
  }
}
