package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the records of a segment say, without the bodies of its messages: in a file beside it, from
 * which a stream is opened without reading the segment. It is made of segments that are no longer
 * appended to, and thrown away before such a segment changes; one that is missing, damaged, or of a
 * segment of another size costs only time. Of a segment that is lost it tells what is lost. All
 * numbers little-endian:
 *
 * <pre>
 * 8  "HubDig" and a version of two bytes
 * 4  CRC-32C of all that follows
 * 4  how many bytes of the segment count
 * 8  the size of its file
 * 36 the header of the segment, which tells whose digest it is
 * …  for each record: a byte of type and flags, then numbers of seven bits per byte
 * </pre>
 *
 * <p>Of a message come, unless the flags say that they are as before: the sequence as the
 * difference to the one expected, the time to live and the time (of those that have one), the
 * number of its subject or, when that is new, length and bytes, and the lengths of header and
 * payload. At the end comes the time of the last message, as if its sequence were skipped.
 */
final class SegmentDigest {
  private static final Log logger = Log.of(SegmentDigest.class);

  /** The time of a message whose digest does not tell it. */
  static final long UNKNOWN_TIME = Long.MIN_VALUE;

  private static final byte[] MAGIC = {'H', 'u', 'b', 'D', 'i', 'g', 0, 3};
  private static final int SEGMENT_HEADER = 24;
  private static final int HEADER = SEGMENT_HEADER + SegmentHeader.LENGTH;
  private static final int TYPE = 0x07;
  private static final int JUMP = 0x08; // the sequence is not the one expected
  private static final int TIMES = 0x10;
  private static final int NEW_SUBJECT = 0x20;
  private static final int ALIKE = 0x40; // subject and lengths as of the message before
  private static final int MAX_FILE = 256 * 1024 * 1024;
  static final String SUFFIX = ".digest";

  private final byte[] content;
  private final SegmentHeader header;

  private SegmentDigest(byte[] content, SegmentHeader header) {
    this.content = content;
    this.header = header;
  }

  /** Where the digest of a segment is, if there is one. */
  static Path pathOf(Path segment) {
    return segment.resolveSibling(segment.getFileName() + SUFFIX);
  }

  /** Where the digest of a segment is made. */
  static Path temporaryOf(Path segment) {
    return segment.resolveSibling(segment.getFileName() + SUFFIX + ".tmp");
  }

  /** The name of the segment that a file belongs to; null when it is no digest. */
  static @Nullable String segmentOf(String name) {
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : null;
  }

  /**
   * Reads a segment and tells its digest; null when the segment has damaged parts, which every
   * start is to report.
   */
  static byte @Nullable [] of(Segment.View view, int log) throws IOException {
    Writer out = new Writer();
    SegmentScanner scanner = new SegmentScanner(view);
    int end = Segment.HEADER;
    while (scanner.next()) {
      if (scanner.damagedFrom() >= 0) {
        return null;
      }
      end = scanner.position() + scanner.length();
      out.record(scanner.buffer(), scanner.at(), scanner.length());
    }
    return end == view.size() ? out.finish(view, log) : null;
  }

  /**
   * The digest of a segment; null when there is none, or it is damaged or of another segment.
   *
   * @param segment where that is, or was
   * @param log tells the log from others
   */
  static @Nullable SegmentDigest read(FileSystem disk, Path segment, int number, int log)
      throws IOException {
    Path path = pathOf(segment);
    if (!disk.exists(path)) {
      return null;
    }
    byte[] content;
    try (StoreFile file = disk.open(path)) {
      long size = file.size();
      if (size < HEADER || size > MAX_FILE) {
        return null;
      }
      content = new byte[(int) size];
      if (file.read(content, 0, content.length, 0) < content.length) {
        return null;
      }
    }
    if (!Arrays.equals(content, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || LogRecord.getInt(content, 8) != sum(content)) {
      logger.info("{} is damaged or of another version; the segment is read instead", path);
      return null;
    }
    byte[] begin = Arrays.copyOfRange(content, SEGMENT_HEADER, HEADER);
    SegmentHeader header = SegmentHeader.parse(begin, number, log);
    return header == null ? null : new SegmentDigest(content, header);
  }

  /** What its segment begins with. */
  SegmentHeader header() {
    return header;
  }

  /** How many bytes of the segment counted when this was made. */
  int segmentSize() {
    return LogRecord.getInt(content, 12);
  }

  /** Whether the segment is as it was when this was made, as far as its size tells. */
  boolean fits(Segment segment) throws IOException {
    return header.salt() == segment.salt
        && segmentSize() == segment.size
        && fileSize() == segment.file().size();
  }

  /** How many bytes its file had. */
  long fileSize() {
    return LogRecord.getLong(content, 16);
  }

  /** Tells what it says as if the segment were read. */
  void replay(LogVisitor replay) {
    new Reader(content, replay).run();
  }

  private static int sum(byte[] content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content, 12, content.length - 12);
    return (int) checksum.getValue();
  }

  private static final class Writer {
    private byte[] bytes = new byte[64 * 1024];
    private int length = HEADER;
    private final Map<SubjectKey, Integer> subjects = new HashMap<>();
    private long expected;
    private long lastMessage; // and its time, unless that is told
    private long lastTimestamp;
    private int subject = -1;
    private int headerLength;
    private int payloadLength;

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
        lastMessage = (flags & TIMES) == 0 ? sequence : 0;
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
      return JUMP;
    }

    private int message(byte[] from, int at, int size, int subjectLength) {
      int flags = 0;
      long ttl = LogRecord.getLong(from, at + LogRecord.TTL);
      if (ttl != 0) {
        flags |= TIMES;
        number(zigzag(ttl));
        number(zigzag(LogRecord.getLong(from, at + LogRecord.TIMESTAMP)));
      }
      int headers = LogRecord.getInt(from, at + LogRecord.HEADER_LENGTH);
      int payload = size - LogRecord.SUBJECT - subjectLength - headers;
      int start = at + LogRecord.SUBJECT;
      Integer known = subjects.get(SubjectKey.view(from, start, subjectLength));
      if (known == null) {
        flags |= NEW_SUBJECT;
        subject = subjects.size();
        subjects.put(SubjectKey.copy(from, start, subjectLength), subject);
        number(subjectLength);
        System.arraycopy(from, start, bytes, length, subjectLength);
        length += subjectLength;
      } else if (known == subject && headers == headerLength && payload == payloadLength) {
        return flags | ALIKE;
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

    byte[] finish(Segment.View of, int log) throws IOException {
      if (lastMessage != 0) {
        int flagsAt = begin(0);
        bytes[flagsAt] = (byte) (LogRecord.SKIP | jump(lastMessage));
        number(zigzag(lastTimestamp));
      }
      byte[] content = Arrays.copyOf(bytes, length);
      System.arraycopy(MAGIC, 0, content, 0, MAGIC.length);
      LogRecord.putInt(content, 12, of.size());
      LogRecord.putLong(content, 16, of.file().size());
      byte[] header = of.header().toBytes(of.number(), log);
      System.arraycopy(header, 0, content, SEGMENT_HEADER, header.length);
      LogRecord.putInt(content, 8, sum(content));
      return content;
    }
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

  private static final class Reader {
    private final byte[] bytes;
    private final LogVisitor replay;
    private int at = HEADER;
    private int[] subjectStarts = new int[16];
    private int[] subjectLengths = new int[16];
    private int subjects;

    Reader(byte[] bytes, LogVisitor replay) {
      this.bytes = bytes;
      this.replay = replay;
    }

    void run() {
      long expected = 0;
      int position = Segment.HEADER;
      int subject = 0;
      int headerLength = 0;
      int payloadLength = 0;
      while (at < bytes.length) {
        int flags = bytes[at++];
        long sequence = (flags & JUMP) == 0 ? expected : expected + signed();
        switch (flags & TYPE) {
          case LogRecord.MESSAGE -> {
            long ttl = 0;
            long timestamp = UNKNOWN_TIME;
            if ((flags & TIMES) != 0) {
              ttl = signed();
              timestamp = signed();
            }
            if ((flags & ALIKE) == 0) {
              subject = (flags & NEW_SUBJECT) == 0 ? (int) number() : newSubject();
              headerLength = (int) number();
              payloadLength = (int) number();
            }
            int start = subjectStarts[subject];
            int length = subjectLengths[subject];
            if (flags == (LogRecord.MESSAGE | ALIKE) && sequence > replay.last()) {
              int count = 1 + repeats((byte) flags);
              replay.alike(
                  sequence, count, bytes, start, length, headerLength, payloadLength, position);
              position += count * (LogRecord.SUBJECT + length + headerLength + payloadLength);
              expected = sequence + count;
              continue;
            }
            if (sequence > replay.last()) {
              replay.message(
                  sequence,
                  bytes,
                  start,
                  length,
                  headerLength,
                  payloadLength,
                  position,
                  timestamp,
                  ttl);
            }
            position += LogRecord.SUBJECT + length + headerLength + payloadLength;
            expected = sequence + 1;
          }
          case LogRecord.ERASED -> {
            position += (int) number();
            replay.skipped(sequence, signed());
            expected = sequence + 1;
          }
          case LogRecord.REMOVE -> {
            position += LogRecord.BODY;
            replay.removed(sequence);
          }
          case LogRecord.SKIP -> {
            position += LogRecord.BODY + 8;
            replay.skipped(sequence, signed());
          }
          case LogRecord.END -> {
            position += LogRecord.END_LENGTH;
            signed();
          }
          case LogRecord.REMOVE_BELOW -> {
            position += LogRecord.BODY + 16;
            long last = signed();
            replay.removedBelow(sequence, last, signed());
          }
          case LogRecord.CLEAR -> {
            position += LogRecord.BODY + 16;
            long last = signed();
            replay.cleared(sequence, last, signed());
          }
          default -> throw new IllegalStateException("type " + (flags & TYPE));
        }
      }
    }

    /** Passes over the bytes from here on that are this one; returns how many they are. */
    private int repeats(byte same) {
      int from = at;
      while (at < bytes.length && bytes[at] == same) {
        at++;
      }
      return at - from;
    }

    private int newSubject() {
      if (subjects == subjectStarts.length) {
        subjectStarts = Arrays.copyOf(subjectStarts, subjects * 2);
        subjectLengths = Arrays.copyOf(subjectLengths, subjects * 2);
      }
      int length = (int) number();
      subjectStarts[subjects] = at;
      subjectLengths[subjects] = length;
      at += length;
      return subjects++;
    }

    private long signed() {
      long value = number();
      return (value >>> 1) ^ -(value & 1);
    }

    private long number() {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte part = bytes[at++];
        value |= (part & 0x7FL) << shift;
        if (part >= 0) {
          return value;
        }
      }
    }
  }
}
