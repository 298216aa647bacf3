package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the records of a segment say, without the bodies of its messages: in a file beside it, from
 * which a stream is opened without reading the segment. It is made of segments that are no longer
 * appended to, and thrown away before such a segment changes; one that is missing, damaged, or of a
 * segment of another size costs only time. When a segment is lost, its digest lists the messages.
 * All numbers little-endian:
 *
 * <pre>
 * 8  "HubDig" and a version of two bytes
 * 4  CRC-32C of all that follows
 * 4  how many bytes of the segment count
 * 8  the size of its file
 * 36 the header of the segment, which says whose digest it is
 * …  for each record: a byte of type and flags, then numbers of seven bits per byte
 * </pre>
 *
 * <p>A message has, unless the flags say that they are as before: the sequence as the difference to
 * the one expected, the time to live and the time (of those that have one), the number of its
 * subject or, when that is new, length and bytes, and the lengths of header and payload. At the end
 * comes the time of the last message, as if its sequence were skipped.
 */
final class SegmentDigest {
  private static final Log logger = Log.of(SegmentDigest.class);

  private static final byte[] MAGIC = {'H', 'u', 'b', 'D', 'i', 'g', 0, 3};
  private static final int SEGMENT_HEADER = 24;
  private static final int HEADER = SEGMENT_HEADER + SegmentHeader.LENGTH;
  static final int TYPE = 0x07;
  static final int JUMP = 0x08; // the sequence is not the one expected
  static final int TIMES = 0x10;
  static final int NEW_SUBJECT = 0x20;
  static final int ALIKE = 0x40; // subject and lengths as of the message before
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
   * Reads a segment and makes its digest; null when the segment has damaged parts, which every
   * start is to report.
   */
  static byte @Nullable [] of(Segment.View view, int log) throws IOException {
    DigestEncoder out = new DigestEncoder(HEADER);
    SegmentScanner scanner = new SegmentScanner(view);
    int end = Segment.HEADER;
    while (scanner.next()) {
      if (scanner.damagedFrom() >= 0) {
        return null;
      }
      end = scanner.position() + scanner.length();
      out.record(scanner.buffer(), scanner.at(), scanner.length());
    }
    return end == view.size() ? seal(out.finish(), view, log) : null;
  }

  private static byte[] seal(byte[] content, Segment.View of, int log) throws IOException {
    System.arraycopy(MAGIC, 0, content, 0, MAGIC.length);
    LogRecord.putInt(content, 12, of.size());
    LogRecord.putLong(content, 16, of.file().size());
    byte[] header = of.header().toBytes(of.number(), log);
    System.arraycopy(header, 0, content, SEGMENT_HEADER, header.length);
    LogRecord.putInt(content, 8, sum(content));
    return content;
  }

  /**
   * The digest of a segment; null when there is none, or it is damaged or of another segment.
   *
   * @param segment where that is, or was
   * @param log distinguishes the log from others
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

  /** Has a visitor visit what it says, as if the segment were read. */
  void replay(LogVisitor replay) {
    new DigestReader(content, HEADER, replay).run();
  }

  private static int sum(byte[] content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content, 12, content.length - 12);
    return (int) checksum.getValue();
  }
}
