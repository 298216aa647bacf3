package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a stream in a directory of segments. Records are collected in a buffer that {@link
 * #flush} writes at the end of the last segment; a batch never crosses segments. A batch that can't
 * be written whole is cut off again.
 */
final class FileLog implements RecordLog {
  private static final Logger logger = LoggerFactory.getLogger(FileLog.class);

  // As fileStoreMsgSizeRaw of nats-server counts: its own record's framing.
  private static final int OVERHEAD = 30;
  private static final int OVERHEAD_OF_HEADER = 4;
  private static final int IDLE_BUFFER = 64 * 1024;

  private final Disk disk;
  private final Path directory;
  private final Syncer syncer;
  private final int segmentSize;
  private final Segments segments;
  private final ReadCache cache;
  private final Reclaiming reclaiming;
  private final CRC32C checksum = new CRC32C();

  private @Nullable Segment next; // begun by a truncation that is going on
  private byte[] buffer = new byte[4 * 1024];
  private int buffered;
  private boolean tailDirty; // the last segment's file goes beyond what counts
  private long lastWritten; // the last sequence and its time, for the next segment's header
  private long lastWrittenTimestamp;
  private long lastAppended;
  private long lastAppendedTimestamp;

  FileLog(Disk disk, Path directory, Syncer syncer, int segmentSize, boolean compress) {
    this.disk = disk;
    this.directory = directory;
    this.syncer = syncer;
    this.segmentSize = segmentSize;
    segments = new Segments(disk, directory, syncer);
    cache = segments.cache();
    reclaiming = new Reclaiming(segments, segmentSize, compress);
  }

  // --- opening ---

  /** Reads what is there. To be called once, first. */
  void open(Replay replay) {
    try {
      new LogOpening(segments, replay).run();
    } catch (IOException e) {
      close();
      throw failure("can't open " + directory, directory, e);
    }
    lastWritten = replay.last();
    lastAppended = lastWritten;
    lastWrittenTimestamp = replay.lastTimestamp();
    lastAppendedTimestamp = lastWrittenTimestamp;
    segments.active().rewriteBelow = 0;
    reclaiming.wanted();
  }

  /** Hears that the index has taken messages of what is opened. */
  void replayed(int messages, long bytes) {
    Segment segment = segments.active();
    segment.live += messages;
    segment.liveBytes += bytes;
  }

  // --- writing ---

  @Override
  public boolean inMemory() {
    return false;
  }

  @Override
  public long sizeOf(int subjectLength, int headerLength, int payloadLength) {
    return OVERHEAD
        + (long) subjectLength
        + (headerLength == 0 ? 0 : OVERHEAD_OF_HEADER + headerLength)
        + payloadLength;
  }

  @Override
  public int maxLength() {
    return LogRecord.MAX_LENGTH - 128 * 1024;
  }

  @Override
  public int append(
      long sequence,
      byte[] subject,
      byte[] source,
      int offset,
      int headerLength,
      int length,
      long timestamp,
      long ttl) {
    int size = LogRecord.SUBJECT + subject.length + length;
    int at = room(size);
    byte[] to = buffer;
    to[at + LogRecord.TYPE] = LogRecord.MESSAGE;
    LogRecord.putLong(to, at + LogRecord.SEQUENCE, sequence);
    LogRecord.putLong(to, at + LogRecord.TIMESTAMP, timestamp);
    LogRecord.putLong(to, at + LogRecord.TTL, ttl);
    LogRecord.putInt(to, at + LogRecord.HEADER_LENGTH, headerLength);
    LogRecord.putShort(to, at + LogRecord.SUBJECT_LENGTH, subject.length);
    System.arraycopy(subject, 0, to, at + LogRecord.SUBJECT, subject.length);
    System.arraycopy(source, offset, to, at + LogRecord.SUBJECT + subject.length, length);
    Segment segment = segments.active();
    LogRecord.seal(to, at, size, segment.salt, checksum);
    segment.live++;
    segment.liveBytes += sizeOf(subject.length, headerLength, length - headerLength);
    lastAppended = sequence;
    lastAppendedTimestamp = timestamp;
    return segment.size + at;
  }

  /** Makes room at the end of the buffer; returns where it starts. */
  private int room(int size) {
    int at = buffered;
    if (at + size > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(at + size, buffer.length * 2));
    }
    buffered = at + size;
    return at;
  }

  private void put(byte type, long sequence, int numbers, long first, long second) {
    int size = LogRecord.BODY + 8 * numbers;
    int at = room(size);
    buffer[at + LogRecord.TYPE] = type;
    LogRecord.putLong(buffer, at + LogRecord.SEQUENCE, sequence);
    if (numbers > 0) {
      LogRecord.putLong(buffer, at + LogRecord.BODY, first);
    }
    if (numbers > 1) {
      LogRecord.putLong(buffer, at + LogRecord.BODY + 8, second);
    }
    LogRecord.seal(buffer, at, size, segments.active().salt, checksum);
  }

  @Override
  public void skip(long last, long timestamp) {
    put(LogRecord.SKIP, last, 1, timestamp, 0);
    lastAppended = last;
    lastAppendedTimestamp = timestamp;
  }

  @Override
  public void remove(long sequence) {
    put(LogRecord.REMOVE, sequence, 0, 0, 0);
  }

  @Override
  public void removeBelow(long first, long last, long lastTimestamp) {
    put(LogRecord.REMOVE_BELOW, first, 2, last, lastTimestamp);
  }

  @Override
  public void removeAbove(long last, long lastTimestamp) {
    try {
      next = segments.create(segments.active().number + 1, last + 1, lastTimestamp);
    } catch (IOException e) {
      throw failure("can't begin a segment in " + directory, directory, e);
    }
    next.truncates = true;
    wroteUpTo(last, lastTimestamp);
  }

  @Override
  public void truncated() {
    Segment begun = next;
    if (begun != null) {
      next = null;
      reclaiming.abandon(null);
      segments.active().rewriteBelow = segments.active().size / 2;
      segments.clampBases(begun.base);
      segments.add(begun);
      reclaiming.wanted();
    }
  }

  @Override
  public boolean cut(long sequence, int position, long lastTimestamp) {
    Segment segment = segments.active();
    if (segments.of(sequence) != segment || segment.isCompressed()) {
      return false;
    }
    try {
      if (removesBelow(segment, position, sequence)) {
        return false;
      }
      segment.file().truncate(position);
      // The messages in it are going to be counted as dead: at worst one copy too many is made.
      segment.size = position;
      tailDirty = false;
      syncer.changed(segment.file());
    } catch (IOException e) {
      throw failure("can't cut " + segment.path, segment.path, e);
    } finally {
      cache.forget(segment);
    }
    wroteUpTo(sequence - 1, lastTimestamp);
    return true;
  }

  /** Whether what is recorded from a position on is about messages below a sequence. */
  private static boolean removesBelow(Segment segment, int position, long sequence)
      throws IOException {
    SegmentScanner scanner = new SegmentScanner(segment.view(), position);
    while (scanner.next()) {
      byte type = scanner.buffer()[scanner.at() + LogRecord.TYPE];
      if (type == LogRecord.REMOVE_BELOW
          || type == LogRecord.CLEAR
          || (type == LogRecord.REMOVE
              && LogRecord.sequence(scanner.buffer(), scanner.at()) < sequence)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void beginAnew() {
    reclaiming.abandon(null);
    try {
      segments.beginAnew();
    } catch (IOException e) {
      throw failure("can't begin a segment in " + directory, directory, e);
    }
    wroteUpTo(0, 0);
    tailDirty = false;
  }

  @Override
  public void replaceAll() {
    flush();
    try {
      segments.replaceAll();
    } catch (IOException e) {
      throw failure("can't replace what is in " + directory, directory, e);
    }
  }

  private void wroteUpTo(long last, long lastTimestamp) {
    lastWritten = last;
    lastAppended = last;
    lastWrittenTimestamp = lastTimestamp;
    lastAppendedTimestamp = lastTimestamp;
  }

  @Override
  public void clear(long first, long last, long lastTimestamp) {
    // Written over what is there: a purge must work on a full disk, and make room on it. Whatever
    // the end of this process leaves behind the record has sequences too low to count.
    reclaiming.abandon(null);
    Segment segment = segments.active();
    byte[] batch = buffer;
    buffer = new byte[256];
    buffered = 0;
    put(LogRecord.CLEAR, first, 2, last, lastTimestamp);
    try {
      segment.file().write(buffer, 0, buffered, Segment.HEADER);
      // First the record, or a loss of power could leave neither it nor what it is about.
      syncer.written(segment.file());
      segment.size = Segment.HEADER + buffered;
      tailDirty = true;
      cutTail(segment);
      syncer.changed(segment.file());
    } catch (IOException e) {
      throw failure("can't clear " + segment.path, segment.path, e);
    } finally {
      buffered = 0;
      buffer = batch;
      cache.forget(segment);
    }
    segment.live = 0;
    segment.liveBytes = 0;
    segment.dead = 0;
    segment.base = Math.min(segment.base, last + 1);
    wroteUpTo(last, lastTimestamp);
    reclaiming.discardOld();
  }

  @Override
  public void gone(long sequence, int size) {
    Segment segment = segments.of(sequence);
    segment.live--;
    segment.liveBytes -= size;
    segment.dead++;
    if (segment.live == 0 || segment.liveBytes < segment.rewriteBelow) {
      reclaiming.wanted();
    }
  }

  @Override
  public void erase(long sequence, int position, long timestamp, MessageIndex index) {
    Segment segment = segments.of(sequence);
    try {
      reclaiming.abandon(segment);
      if (segment.isCompressed()) {
        reclaiming.copyWithout(segment, sequence, index);
        return;
      }
      byte[] prefix = new byte[LogRecord.PREFIX];
      if (segment.file().read(prefix, 0, LogRecord.PREFIX, position) < LogRecord.PREFIX) {
        throw new StoreException.Corrupt(segment.path, "message " + sequence + " is not there");
      }
      int length = LogRecord.length(prefix, 0);
      if (length < LogRecord.SUBJECT || position + length > segment.size) {
        throw new StoreException.Corrupt(segment.path, "message " + sequence + " is damaged");
      }
      byte[] nothing = new byte[length];
      nothing[LogRecord.TYPE] = LogRecord.ERASED;
      LogRecord.putLong(nothing, LogRecord.SEQUENCE, sequence);
      LogRecord.putLong(nothing, LogRecord.TIMESTAMP, timestamp);
      LogRecord.seal(nothing, 0, length, segment.salt, checksum);
      segments.changed(segment);
      segment.file().write(nothing, 0, length, position);
      syncer.changed(segment.file());
    } catch (IOException e) {
      throw failure("can't erase message " + sequence, segment.path, e);
    } finally {
      cache.forget(segment);
    }
  }

  @Override
  public int buffered() {
    return buffered;
  }

  @Override
  public void flush() {
    if (buffered == 0) {
      return;
    }
    Segment segment = segments.active();
    try {
      if (segment.size > Integer.MAX_VALUE - buffered) {
        throw new IOException("the segment is full, and none can be begun after it");
      }
      cutTail(segment);
      tailDirty = true;
      segment.file().write(buffer, 0, buffered, segment.size);
      syncer.written(segment.file());
      tailDirty = false;
    } catch (IOException e) {
      keepRemovals();
      lastAppended = lastWritten;
      lastAppendedTimestamp = lastWrittenTimestamp;
      try {
        cutTail(segment);
      } catch (IOException again) {
        e.addSuppressed(again); // the next flush tries again before it writes
      }
      throw failure("can't write to " + segment.path, segment.path, e);
    }
    cache.wrote(segment, segment.size, buffer, buffered);
    segment.size += buffered;
    lastWritten = lastAppended;
    lastWrittenTimestamp = lastAppendedTimestamp;
    buffered = 0;
    if (buffer.length > IDLE_BUFFER) {
      buffer = new byte[IDLE_BUFFER];
    }
    if (segment.size >= segmentSize) {
      reclaiming.wanted();
    }
  }

  /** Makes the file end where it counts. */
  private void cutTail(Segment segment) throws IOException {
    if (tailDirty) {
      segment.file().truncate(segment.size);
      tailDirty = false;
    }
  }

  /** Leaves in the buffer only what says that older messages are gone. */
  private void keepRemovals() {
    int kept = 0;
    for (int at = 0; at < buffered; ) {
      int length = LogRecord.length(buffer, at);
      byte type = buffer[at + LogRecord.TYPE];
      if (type == LogRecord.REMOVE || type == LogRecord.REMOVE_BELOW) {
        System.arraycopy(buffer, at, buffer, kept, length);
        kept += length;
      } else if (type == LogRecord.MESSAGE) {
        // The index is going to say that it is gone, but it never was in the file.
        segments.active().dead--;
      }
      at += length;
    }
    buffered = kept;
  }

  // --- reading ---

  @Override
  public @Nullable StoredMessage read(long sequence, int position, String subject) {
    Segment segment = segments.of(sequence);
    try {
      byte[] bytes = load(segment, sequence, position);
      if (bytes == null) {
        // Maybe not the file is wrong but what was read of it.
        cache.forget(segment);
        bytes = load(segment, sequence, position);
        if (bytes == null) {
          logger.error(
              "{}: message {} at byte {} is damaged and lost", segment.path, sequence, position);
          return null;
        }
      }
      int at = loadedAt;
      int from = LogRecord.header(bytes, at);
      int to = at + LogRecord.length(bytes, at);
      return new StoredMessage(
          sequence,
          LogRecord.getLong(bytes, at + LogRecord.TIMESTAMP),
          LogRecord.getLong(bytes, at + LogRecord.TTL),
          subject,
          Arrays.copyOfRange(bytes, from, to),
          0,
          LogRecord.getInt(bytes, at + LogRecord.HEADER_LENGTH),
          to - from);
    } catch (IOException e) {
      throw failure("can't read message " + sequence, segment.path, e);
    }
  }

  private int loadedAt;

  /** The bytes with the record of a message, which starts at {@link #loadedAt}; null if damaged. */
  private byte @Nullable [] load(Segment segment, long sequence, int position) throws IOException {
    byte[] bytes;
    int at;
    int length;
    if (position >= segment.size && segment == segments.active()) {
      bytes = buffer;
      at = position - segment.size;
      length = LogRecord.length(bytes, at);
    } else {
      if (!cache.load(segment, position, LogRecord.PREFIX)) {
        return null;
      }
      length = LogRecord.length(cache.bytes(), cache.at(position));
      if (length < 0 || !cache.load(segment, position, length)) {
        return null;
      }
      bytes = cache.bytes();
      at = cache.at(position);
    }
    if (!LogRecord.isWhole(bytes, at, length, segment.salt, checksum)
        || bytes[at + LogRecord.TYPE] != LogRecord.MESSAGE
        || LogRecord.sequence(bytes, at) != sequence) {
      return null;
    }
    loadedAt = at;
    return bytes;
  }

  @Override
  public long timestamp(long sequence, int position) {
    Segment segment = segments.of(sequence);
    try {
      byte[] bytes = load(segment, sequence, position);
      // A damaged one is found out by whoever reads it; meanwhile it is as old as can be.
      return bytes == null ? 0 : LogRecord.getLong(bytes, loadedAt + LogRecord.TIMESTAMP);
    } catch (IOException e) {
      throw failure("can't read message " + sequence, segment.path, e);
    }
  }

  @Override
  public void tidy(MessageIndex index) {
    if (!reclaiming.isNeeded()) {
      return;
    }
    try {
      // What the limits have just taken: a segment begins with nothing in the buffer.
      flush();
    } catch (StoreException e) {
      logger.warn("Can't write what is gone, and leave {} as it is", directory, e);
      return;
    }
    reclaiming.run(index, lastWritten, lastWrittenTimestamp);
  }

  // --- life ---

  @Override
  public void sync() {
    try {
      syncer.syncNow();
    } catch (IOException e) {
      throw failure("can't sync " + directory, directory, e);
    }
  }

  @Override
  public void close() {
    // Like nats-server, without waiting for the disk: that is what sync is for.
    reclaiming.close();
    syncer.close();
    segments.close();
  }

  @Override
  public void delete() {
    try {
      disk.deleteTree(directory);
    } catch (IOException e) {
      throw failure("can't delete " + directory, directory, e);
    }
  }

  static StoreException failure(String what, Path file, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (text.contains("No space left")
        || text.contains("quota exceeded")
        || text.contains("not enough space")) {
      return new StoreException.NoSpace(file, e);
    }
    return new StoreException.Io(what, e);
  }
}
