package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of a log: a {@linkplain SegmentHeader header}, then records.
 *
 * <p>Sequences ascend within a segment. A base that is not above the sequences of the segments
 * before says that the log was truncated there.
 */
final class Segment {
  static final int HEADER = SegmentHeader.LENGTH;

  final int number;
  final Path path;
  final int salt;
  final long baseTimestamp;
  private StoreFile file;
  private @Nullable CompressedBlocks chunks; // when compressed
  private boolean hasEnd; // its file is to end with an END
  private boolean endMissing; // though it is to be there
  private long endSequence = -1;
  private int misplaced;

  /** The sequences from here to the base of the next segment are in this one. */
  long base;

  /**
   * How many bytes of the file count; beyond them are an END and perhaps a batch that failed. In a
   * compressed segment it counts the bytes before compression.
   */
  int size;

  /** How many of its messages are still there, and their accounted bytes. */
  int live;

  long liveBytes;

  /** How many of its messages are gone, but not from the file. */
  int dead;

  /** How many bytes of a compressed file were no chunks. */
  int cutOff;

  /** It may be made smaller in its place when more of its messages are gone than this. */
  int compactAbove;

  /** Whether compressing it has failed. */
  boolean staysPlain;

  /** Whether there is a digest of it. */
  boolean digested;

  /** Whether a digest of it can't be had, because it is damaged or the digest can't be written. */
  boolean staysUndigested;

  /**
   * Whether a part of it can't be read. Then it stays as it is, with its digest, which may say what
   * the file no longer does, such as which messages were removed.
   */
  boolean isDamaged;

  /** Whether its base is the only record of a truncation. */
  boolean truncates;

  /** When the live bytes sink below this, a smaller copy of the file is worth its making. */
  long rewriteBelow;

  private Segment(int number, Path path, StoreFile file, SegmentHeader header) {
    this.number = number;
    this.path = path;
    this.file = file;
    this.salt = header.salt();
    this.base = header.base();
    baseTimestamp = header.baseTimestamp();
    hasEnd = header.hasEnd();
    size = HEADER;
  }

  /**
   * Makes a new file.
   *
   * @param path where the file is to be
   * @param at where it is made
   * @param log distinguishes the log from others
   */
  static Segment create(
      FileSystem disk, int number, Path path, Path at, int log, SegmentHeader header)
      throws IOException {
    StoreFile file = disk.open(at);
    try {
      file.truncate(0);
      byte[] bytes = Arrays.copyOf(header.toBytes(number, log), HEADER + LogRecord.END_LENGTH);
      LogRecord.putEnd(bytes, HEADER, header.salt(), header.base() - 1, HEADER, new CRC32C());
      file.write(bytes, 0, bytes.length, 0, LogRecord.END_LENGTH);
    } catch (IOException e) {
      close(file, e);
      try {
        disk.delete(at);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    return new Segment(number, path, file, header);
  }

  /**
   * Opens a file.
   *
   * @param log distinguishes the log from others
   * @throws StoreException.Corrupt if it is not a segment
   */
  static Segment open(FileSystem disk, int number, Path path, int log) throws IOException {
    return open(
        disk,
        number,
        path,
        file -> {
          byte[] bytes = new byte[HEADER];
          long size = file.size();
          if (size < HEADER || file.read(bytes, 0, HEADER, 0) < HEADER) {
            throw new StoreException.Corrupt(path, "only " + size + " bytes");
          }
          SegmentHeader header = SegmentHeader.parse(bytes, number, log);
          if (header == null) {
            if (FileKey.isEncrypted(bytes)) {
              throw WrongKeyException.noKey();
            }
            throw new StoreException.Corrupt(
                path, "not this segment of this stream, or a damaged header");
          }
          return header;
        });
  }

  /**
   * Opens a file whose header is damaged, and mends that.
   *
   * @param header what the header must have been
   * @throws StoreException.Corrupt if there are no records behind such a header
   */
  static Segment mend(FileSystem disk, int number, Path path, int log, SegmentHeader header)
      throws IOException {
    Segment segment =
        open(
            disk,
            number,
            path,
            file -> {
              if (file.size() < HEADER) {
                throw new StoreException.Corrupt(path, "only " + file.size() + " bytes");
              }
              return header;
            });
    try {
      if (!new SegmentScanner(segment.view()).next()) {
        throw new StoreException.Corrupt(path, "nothing in it is of this segment of this stream");
      }
      segment.file.write(header.toBytes(number, log), 0, HEADER, 0);
      segment.file.sync(); // before anything happens to the only other place that has it
      return segment;
    } catch (IOException | RuntimeException e) {
      close(segment.file, e);
      throw e;
    }
  }

  private interface HeaderSource {
    SegmentHeader of(StoreFile file) throws IOException;
  }

  private static Segment open(FileSystem disk, int number, Path path, HeaderSource source)
      throws IOException {
    StoreFile file = disk.open(path);
    try {
      long size = file.size();
      SegmentHeader header = source.of(file);
      if (size > Integer.MAX_VALUE) {
        throw new StoreException.Corrupt(path, "too long: " + size + " bytes");
      }
      Segment segment = new Segment(number, path, file, header);
      segment.size = (int) size;
      if (header.isCompressed()) {
        CompressedBlocks chunks = CompressedBlocks.open(file, size);
        segment.chunks = chunks;
        segment.size = chunks.rawEnd();
        segment.cutOff = chunks.damaged();
      } else if (header.hasEnd()) {
        segment.readEnd();
      }
      return segment;
    } catch (IOException | RuntimeException e) {
      close(file, e);
      throw e;
    }
  }

  /** What is, or is to be, at the beginning of its file. */
  SegmentHeader header() {
    return new SegmentHeader(salt, chunks != null, hasEnd, base, baseTimestamp);
  }

  // --- the end of its file ---

  /** Finds the END of its file: bytes from there on don't count. */
  private void readEnd() throws IOException {
    byte[] bytes = new byte[LogRecord.END_LENGTH];
    int at = size - bytes.length;
    endMissing =
        at < HEADER
            || file.read(bytes, 0, bytes.length, at) < bytes.length
            || bytes[LogRecord.TYPE] != LogRecord.END
            || LogRecord.length(bytes, 0) != bytes.length
            || !LogRecord.isWhole(bytes, 0, bytes.length, salt, new CRC32C());
    if (!endMissing) {
      endSequence = LogRecord.sequence(bytes, 0);
      misplaced = Math.abs(at - (int) LogRecord.getLong(bytes, LogRecord.BODY));
      size = at;
    }
  }

  /** Writes an END behind the bytes that count. */
  void writeEnd(long last) throws IOException {
    byte[] bytes = new byte[LogRecord.END_LENGTH];
    LogRecord.putEnd(bytes, 0, salt, last, size, new CRC32C());
    file.write(bytes, 0, bytes.length, size);
    endMissing = false;
  }

  /** Whether its file is to end with an END. */
  boolean hasEnd() {
    return hasEnd;
  }

  /** Whether its file was found without the END that is to be there. */
  boolean isEndMissing() {
    return endMissing;
  }

  /** The last sequence of the log, by the END that was found; negative without one. */
  long endSequence() {
    return endSequence;
  }

  /** By how many bytes the END that was found is not where it was put. */
  int misplaced() {
    return misplaced;
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
  record View(
      StoreFile file,
      @Nullable CompressedBlocks chunks,
      int size,
      int number,
      SegmentHeader header) {
    int salt() {
      return header.salt();
    }

    /** As {@link Segment#read}. */
    int read(byte[] target, int offset, int length, int position) throws IOException {
      return chunks == null
          ? file.read(target, offset, length, position)
          : chunks.read(target, offset, length, position);
    }
  }

  View view() {
    CompressedBlocks compressed = chunks;
    return new View(file, compressed == null ? null : compressed.copy(), size, number, header());
  }

  boolean isCompressed() {
    return chunks != null;
  }

  /** Reads bytes as if nothing were compressed; fewer only at the end. */
  int read(byte[] target, int offset, int length, int position) throws IOException {
    CompressedBlocks compressed = chunks;
    return compressed == null
        ? file.read(target, offset, length, position)
        : compressed.read(target, offset, length, position);
  }

  /** Goes on with the file that now stands in the place of the old one. */
  void replaceFile(StoreFile replacement, @Nullable CompressedBlocks compressed, int newSize)
      throws IOException {
    StoreFile old = file;
    file = replacement;
    chunks = compressed;
    hasEnd = compressed == null;
    size = newSize;
    if (compressed != null) {
      compressed.releaseCache();
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
