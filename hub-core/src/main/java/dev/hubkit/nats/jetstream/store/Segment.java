package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of a log: a header, then records. The header, all numbers little-endian:
 *
 * <pre>
 * 8  "HubSeg" and a version of two bytes
 * 4  salt of the checksums of its records
 * 4  flags: 1 when what follows the header is compressed ({@link Chunks})
 * 8  base: the next sequence when the segment was begun
 * 8  timestamp of the sequence before
 * 4  CRC-32C of all that
 * </pre>
 *
 * <p>Sequences ascend within a segment. A base that is not above the sequences of the segments
 * before says that the log was truncated there.
 */
final class Segment {
  static final int HEADER = 36;
  private static final int COMPRESSED = 1;
  private static final byte[] MAGIC = {'H', 'u', 'b', 'S', 'e', 'g', 0, 1};

  final int number;
  final Path path;
  final int salt;
  final long baseTimestamp;
  private StoreFile file;
  private @Nullable Chunks chunks; // when compressed

  /** The sequences from here to the base of the next segment are in this one. */
  long base;

  /**
   * How many bytes of the file count; beyond them may be a batch that failed. Of a compressed
   * segment, as if it were not.
   */
  int size;

  /** How many of its messages are still there, and their accounted bytes. */
  int live;

  long liveBytes;

  /** How many of its messages are gone, but not from the file. */
  int dead;

  /** How many bytes at the end of a compressed file were no chunks. */
  int cutOff;

  /** Whether compressing it has failed. */
  boolean staysPlain;

  /** Whether there is a digest of it. */
  boolean digested;

  /** Whether a digest of it can't be had, because it is damaged or the digest can't be written. */
  boolean staysUndigested;

  /** Whether its base is the only record of a truncation. */
  boolean truncates;

  /** When the live bytes sink below this, a smaller copy of the file is worth its making. */
  long rewriteBelow;

  private Segment(int number, Path path, StoreFile file, int salt, long base, long timestamp) {
    this.number = number;
    this.path = path;
    this.file = file;
    this.salt = salt;
    this.base = base;
    baseTimestamp = timestamp;
    size = HEADER;
  }

  /**
   * Makes a new file.
   *
   * @param path where the file is to be
   * @param at where it is made
   */
  static Segment create(
      Disk disk, int number, Path path, Path at, int salt, long base, long timestamp)
      throws IOException {
    byte[] header = header(salt, base, timestamp, false);
    StoreFile file = disk.open(at);
    try {
      file.truncate(0);
      file.write(header, 0, HEADER, 0);
    } catch (IOException e) {
      close(file, e);
      try {
        disk.delete(at);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    return new Segment(number, path, file, salt, base, timestamp);
  }

  /**
   * Opens a file.
   *
   * @throws StoreException.Corrupt if it is not a segment
   */
  static Segment open(Disk disk, int number, Path path) throws IOException {
    StoreFile file = disk.open(path);
    try {
      long size = file.size();
      byte[] header = new byte[HEADER];
      if (size < HEADER || file.read(header, 0, HEADER, 0) < HEADER) {
        throw new StoreException.Corrupt(path, "only " + size + " bytes");
      }
      int salt = LogRecord.getInt(header, 8);
      long base = LogRecord.getLong(header, 16);
      long timestamp = LogRecord.getLong(header, 24);
      boolean compressed = LogRecord.getInt(header, 12) == COMPRESSED;
      if (!Arrays.equals(header, header(salt, base, timestamp, compressed))) {
        throw new StoreException.Corrupt(path, "not a segment, or a damaged header");
      }
      if (size > Integer.MAX_VALUE) {
        throw new StoreException.Corrupt(path, "too long: " + size + " bytes");
      }
      Segment segment = new Segment(number, path, file, salt, base, timestamp);
      segment.size = (int) size;
      if (compressed) {
        Chunks chunks = Chunks.open(file, size);
        segment.chunks = chunks;
        segment.size = chunks.rawEnd();
        segment.cutOff = (int) size - chunks.fileEnd();
      }
      return segment;
    } catch (IOException | RuntimeException e) {
      close(file, e);
      throw e;
    }
  }

  static byte[] header(int salt, long base, long timestamp, boolean compressed) {
    byte[] header = new byte[HEADER];
    System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
    LogRecord.putInt(header, 8, salt);
    LogRecord.putInt(header, 12, compressed ? COMPRESSED : 0);
    LogRecord.putLong(header, 16, base);
    LogRecord.putLong(header, 24, timestamp);
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, HEADER - 4);
    LogRecord.putInt(header, HEADER - 4, (int) checksum.getValue());
    return header;
  }

  StoreFile file() {
    return file;
  }

  /**
   * The bytes of a segment as they are now, to be read from one end to the other: by any thread, as
   * long as the file is not closed.
   *
   * @param size how many bytes count
   */
  record View(StoreFile file, @Nullable Chunks chunks, int size, int salt) {
    /** As {@link Segment#read}. */
    int read(byte[] target, int offset, int length, int position) throws IOException {
      return chunks == null
          ? file.read(target, offset, length, position)
          : chunks.read(target, offset, length, position);
    }
  }

  View view() {
    Chunks compressed = chunks;
    return new View(file, compressed == null ? null : compressed.copy(), size, salt);
  }

  boolean isCompressed() {
    return chunks != null;
  }

  /** Reads bytes as if nothing were compressed; fewer only at the end. */
  int read(byte[] target, int offset, int length, int position) throws IOException {
    Chunks compressed = chunks;
    return compressed == null
        ? file.read(target, offset, length, position)
        : compressed.read(target, offset, length, position);
  }

  /** Goes on with the file that now stands in the place of the old one. */
  void replaceFile(StoreFile replacement, @Nullable Chunks compressed, int newSize)
      throws IOException {
    StoreFile old = file;
    file = replacement;
    chunks = compressed;
    size = newSize;
    if (compressed != null) {
      compressed.rest();
    }
    old.close();
  }

  private static void close(StoreFile file, Exception reason) {
    try {
      file.close();
    } catch (IOException suppressed) {
      reason.addSuppressed(suppressed);
    }
  }
}
