package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The facts of a log that must outlive the loss of its segments: which segments there are, and
 * which sequences were given out. It is in a small file beside them, written over as a whole when
 * segments come and go, when the log is closed, and once for many messages: ahead of time, for as
 * many sequences as may be given out until the next time. A start that finds nothing wrong with the
 * segments does not need it. All numbers little-endian:
 *
 * <pre>
 * 8  "HubMan" and a version of two bytes
 * 4  CRC-32C of all that follows, xor what distinguishes the log from others
 * 8  a sequence that was given out, and all below it were
 * 8  its timestamp
 * 8  the highest sequence that may have been given out
 * 8  a sequence below which all messages are gone
 * 4  the number of the active segment
 * 36 the header of the active segment
 * 4  how many ranges of numbers follow
 * …  for each: 4 the first and 4 the last number of segments there are
 * </pre>
 */
final class StoreManifest {
  static final String NAME = "manifest";

  /** How many sequences may be given out before it is written again. */
  static final int STEP = 256;

  private static final Log logger = Log.of(StoreManifest.class);
  private static final byte[] MAGIC = {'H', 'u', 'b', 'M', 'a', 'n', 0, 1};
  private static final int FIXED = 88;
  private static final int MAX_FILE = 1024 * 1024;

  private final FileSystem disk;
  private final Path path;
  private final int log;
  private long last;
  private long lastTimestamp;
  private long bound;
  private long first;
  private int active;
  private byte[] header = new byte[SegmentHeader.LENGTH];
  private int[] ranges = new int[0];
  private boolean written; // the file says what is here
  private boolean failed; // and that was reported

  private StoreManifest(FileSystem disk, Path path, int log) {
    this.disk = disk;
    this.path = path;
    this.log = log;
  }

  /**
   * Reads the manifest in a directory. One that is missing or damaged {@linkplain #isKnown says
   * nothing}.
   */
  static StoreManifest read(FileSystem disk, Path directory, int log) throws IOException {
    StoreManifest manifest = new StoreManifest(disk, directory.resolve(NAME), log);
    if (!disk.exists(manifest.path)) {
      return manifest;
    }
    byte[] content;
    try (StoreFile file = disk.open(manifest.path)) {
      content = new byte[(int) Math.min(file.size(), MAX_FILE)];
      file.read(content, 0, content.length, 0);
    }
    if (!manifest.parse(content)) {
      logger.warn(
          "{} is damaged; it is written anew from the segments, which have what it says",
          manifest.path);
    }
    return manifest;
  }

  private boolean parse(byte[] content) {
    if (content.length < FIXED || !Arrays.equals(content, 0, 8, MAGIC, 0, 8)) {
      return false;
    }
    int count = LogRecord.getInt(content, FIXED - 4);
    if (count < 0 || count > (content.length - FIXED) / 8) {
      return false;
    }
    int length = FIXED + 8 * count;
    if (LogRecord.getInt(content, 8) != sum(content, length)) {
      return false;
    }
    last = LogRecord.getLong(content, 12);
    lastTimestamp = LogRecord.getLong(content, 20);
    bound = LogRecord.getLong(content, 28);
    first = LogRecord.getLong(content, 36);
    active = LogRecord.getInt(content, 44);
    header = Arrays.copyOfRange(content, 48, 48 + SegmentHeader.LENGTH);
    ranges = new int[2 * count];
    for (int i = 0; i < ranges.length; i++) {
      ranges[i] = LogRecord.getInt(content, FIXED + 4 * i);
    }
    written = true;
    return true;
  }

  private int sum(byte[] content, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(content, 12, length - 12);
    return (int) checksum.getValue() ^ log;
  }

  /** Whether there is one. */
  boolean isKnown() {
    return active > 0;
  }

  /** Whether the log was closed: nothing was written since. */
  boolean isClosed() {
    return isKnown() && bound == last;
  }

  /** A sequence that was given out. */
  long last() {
    return last;
  }

  long lastTimestamp() {
    return lastTimestamp;
  }

  /** The highest sequence that may have been given out. */
  long bound() {
    return bound;
  }

  /** All messages below this sequence are gone. */
  long first() {
    return first;
  }

  /** The number of the active segment; 0 when there is no manifest. */
  int active() {
    return active;
  }

  /** The header of a segment; null when it is not known. */
  @Nullable SegmentHeader headerOf(int number) {
    return number == active ? SegmentHeader.parse(header, number, log) : null;
  }

  /** Which segments there are. */
  List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < ranges.length; i += 2) {
      for (int number = ranges[i]; number <= ranges[i + 1]; number++) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  // --- keeping it ---

  /** Notes that messages below this sequence are gone, or are about to go. */
  void goneBelow(long sequence) {
    if (sequence > first) {
      first = sequence;
      written = false;
    }
  }

  /**
   * Notes that sequences up to this one are about to be given out.
   *
   * @param safe the last sequence so far
   */
  void reserve(long sequence, long safe, long safeTimestamp) {
    if (sequence <= bound) {
      return;
    }
    long before = bound;
    last = safe;
    lastTimestamp = safeTimestamp;
    bound = sequence + STEP;
    boolean isTried = false;
    try {
      WorkStep.STORE_RESERVE.reach();
      write(false);
      isTried = true;
    } finally {
      if (!isTried) {
        bound = before;
      }
    }
  }

  /** Whether it lists exactly these segments. */
  boolean lists(List<Segment> list) {
    return isKnown() && Arrays.equals(ranges, rangesOf(list));
  }

  private static int[] rangesOf(List<Segment> list) {
    int[] found = new int[2 * list.size()];
    int count = 0;
    for (Segment segment : list) {
      if (count > 0 && found[count - 1] == segment.number - 1) {
        found[count - 1] = segment.number;
      } else {
        found[count++] = segment.number;
        found[count++] = segment.number;
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** Notes which segments there are, or are about to be; the last one is the active one. */
  void segments(List<Segment> list, long safe, long safeTimestamp, boolean sync) {
    ranges = rangesOf(list);
    Segment newest = list.get(list.size() - 1);
    active = newest.number;
    header = newest.header().toBytes(newest.number, log);
    last = safe;
    lastTimestamp = safeTimestamp;
    bound = Math.max(bound, safe + STEP);
    write(sync);
  }

  /**
   * Notes that everything above a sequence is about to be cut off.
   *
   * @throws IOException if that can't be noted: then nothing may be cut off, or it would look like
   *     damage
   */
  void lower(long sequence, long timestamp) throws IOException {
    if (sequence < last || sequence + 1 < first) {
      first = Math.min(first, sequence + 1);
      last = Math.min(last, sequence);
      lastTimestamp = timestamp;
      if (!write(true)) {
        disk.delete(path);
      }
    }
  }

  /** Notes that the log is closed after this sequence. */
  void close(long sequence, long timestamp) {
    if (!written || last != sequence || bound != sequence) {
      last = sequence;
      lastTimestamp = timestamp;
      bound = sequence;
      write(false);
    }
  }

  /**
   * Writes it; false when that fails. The log works without it, as it has all these facts itself.
   */
  private boolean write(boolean sync) {
    byte[] content = new byte[FIXED + 4 * ranges.length];
    System.arraycopy(MAGIC, 0, content, 0, MAGIC.length);
    LogRecord.putLong(content, 12, last);
    LogRecord.putLong(content, 20, lastTimestamp);
    LogRecord.putLong(content, 28, bound);
    LogRecord.putLong(content, 36, first);
    LogRecord.putInt(content, 44, active);
    System.arraycopy(header, 0, content, 48, SegmentHeader.LENGTH);
    LogRecord.putInt(content, FIXED - 4, ranges.length / 2);
    for (int i = 0; i < ranges.length; i++) {
      LogRecord.putInt(content, FIXED + 4 * i, ranges[i]);
    }
    LogRecord.putInt(content, 8, sum(content, content.length));
    try (StoreFile file = disk.open(path)) {
      // Over what is there: that needs no room. If it is cut short there is none, for a while.
      file.write(content, 0, content.length, 0);
      if (sync) {
        file.sync();
      }
      written = true;
      failed = false;
    } catch (IOException e) {
      written = false;
      if (!failed) {
        failed = true;
        logger.warn(
            "Can't write {}; if segments are lost, fewer of their sequences are known", path, e);
      }
    }
    return written;
  }
}
