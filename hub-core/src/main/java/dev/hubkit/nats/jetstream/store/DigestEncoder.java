package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Writes the records of a {@link SegmentDigest}. */
final class DigestEncoder {
  private byte[] bytes = new byte[64 * 1024];
  private int length;
  private final Map<SubjectKey, Integer> subjects = new HashMap<>();
  private long expected;
  private long lastMessage; // and its time, unless that is told
  private long lastTimestamp;
  private int subject = -1;
  private int headerLength;
  private int payloadLength;

  /** Leaves so many bytes free at the front. */
  DigestEncoder(int offset) {
    length = offset;
  }

  /** Adds a record of the segment. */
  void record(byte[] from, int at, int size) {
    int type = from[at + LogRecord.TYPE];
    long sequence = LogRecord.sequence(from, at);
    int subjectLength =
        type == LogRecord.MESSAGE ? LogRecord.getShort(from, at + LogRecord.SUBJECT_LENGTH) : 0;
    int flagsAt = begin(subjectLength);
    int flags = type | jump(sequence);
    if (type == LogRecord.MESSAGE) {
      flags |= message(from, at, size, subjectLength);
      expected = sequence + 1;
      lastMessage = (flags & SegmentDigest.TIMES) == 0 ? sequence : 0;
      lastTimestamp = LogRecord.getLong(from, at + LogRecord.TIMESTAMP);
    } else if (type == LogRecord.ERASED) {
      number(size);
      number(zigzag(LogRecord.getLong(from, at + LogRecord.TIMESTAMP)));
      expected = sequence + 1;
    } else {
      // Fixed numbers: as many as the record has.
      for (int i = at + LogRecord.BODY; i < at + size; i += 8) {
        number(zigzag(LogRecord.getLong(from, i)));
      }
    }
    bytes[flagsAt] = (byte) flags;
  }

  /** Makes room for a record; returns where its flags go. */
  private int begin(int subjectLength) {
    if (length + subjectLength + 128 > bytes.length) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2 + subjectLength);
    }
    return length++;
  }

  private int jump(long sequence) {
    if (sequence == expected) {
      return 0;
    }
    number(zigzag(sequence - expected));
    return SegmentDigest.JUMP;
  }

  private int message(byte[] from, int at, int size, int subjectLength) {
    int flags = 0;
    long ttl = LogRecord.getLong(from, at + LogRecord.TTL);
    if (ttl != 0) {
      flags |= SegmentDigest.TIMES;
      number(zigzag(ttl));
      number(zigzag(LogRecord.getLong(from, at + LogRecord.TIMESTAMP)));
    }
    int headers = LogRecord.getInt(from, at + LogRecord.HEADER_LENGTH);
    int payload = size - LogRecord.SUBJECT - subjectLength - headers;
    int start = at + LogRecord.SUBJECT;
    Integer known = subjects.get(SubjectKey.view(from, start, subjectLength));
    if (known == null) {
      flags |= SegmentDigest.NEW_SUBJECT;
      subject = subjects.size();
      subjects.put(SubjectKey.copy(from, start, subjectLength), subject);
      number(subjectLength);
      System.arraycopy(from, start, bytes, length, subjectLength);
      length += subjectLength;
    } else if (known == subject && headers == headerLength && payload == payloadLength) {
      return flags | SegmentDigest.ALIKE;
    } else {
      subject = known;
      number(subject);
    }
    headerLength = headers;
    payloadLength = payload;
    number(headers);
    number(payload);
    return flags;
  }

  private static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  private void number(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** Ends the digest; its owner fills in what is before the records. */
  byte[] finish() {
    if (lastMessage != 0) {
      int flagsAt = begin(0);
      bytes[flagsAt] = (byte) (LogRecord.SKIP | jump(lastMessage));
      number(zigzag(lastTimestamp));
    }
    return Arrays.copyOf(bytes, length);
  }

  /** The bytes of a subject as a key. */
  private record SubjectKey(byte[] bytes, int offset, int length, int hash) {
    static SubjectKey view(byte[] bytes, int offset, int length) {
      int hash = 1;
      for (int i = offset; i < offset + length; i++) {
        hash = hash * 31 + bytes[i];
      }
      return new SubjectKey(bytes, offset, length, hash);
    }

    static SubjectKey copy(byte[] bytes, int offset, int length) {
      return view(Arrays.copyOfRange(bytes, offset, offset + length), 0, length);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof SubjectKey key
          && Arrays.equals(
              bytes, offset, offset + length, key.bytes, key.offset, key.offset + key.length);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
