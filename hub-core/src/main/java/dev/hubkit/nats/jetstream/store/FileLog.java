package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.nats.wire.MessageBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The log of a stream in a directory of segments. Records are collected in a buffer that {@link
 * #flush} writes at the end of the last segment; a batch never crosses segments. A batch that can't
 * be written whole is cut off again.
 */
final class FileLog implements RecordLog {
  private static final Log logger = Log.of(FileLog.class);

  // As fileStoreMsgSizeRaw of nats-server counts: its own record's framing.
  private static final int OVERHEAD = 30;
  private static final int OVERHEAD_OF_HEADER = 4;
  // rlBadThresh of nats-server. A backup of an earlier time may have larger messages.
  private static final int LARGEST = 32 * 1024 * 1024;

  private final FileSystem disk;
  private final Path directory;
  private final Syncer syncer;
  private final int segmentSize;
  private final Segments segments;
  private final ReadCache cache;
  private final SegmentCompactor compactor;
  private final LogBuffer buffer = new LogBuffer();
  private final MessageReader reader;

  private @Nullable StoreManifest manifest; // from the opening on
  private @Nullable Segment next; // begun by a truncation that is going on
  private boolean tailDirty; // the last segment's file goes beyond what counts
  private long lastWritten; // the last sequence and its time, for the next segment's header
  private long lastWrittenTimestamp;
  private long lastAppended;
  private long lastAppendedTimestamp;

  /**
   * The log in a directory.
   *
   * @param name distinguishes it from others: it takes no files of another log
   */
  FileLog(
      FileSystem disk,
      Path directory,
      String name,
      Syncer syncer,
      int segmentSize,
      boolean compress) {
    this.disk = disk;
    this.directory = directory;
    this.syncer = syncer;
    this.segmentSize = segmentSize;
    segments = new Segments(disk, directory, syncer, sum(name));
    cache = segments.cache();
    reader = new MessageReader(segments, buffer);
    compactor = new SegmentCompactor(segments, segmentSize, compress);
  }

  private static int sum(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length);
    return (int) checksum.getValue();
  }

  // --- opening ---

  /** Reads what is there. To be called once, first. */
  void open(LogVisitor replay) {
    try {
      new LogRecovery(segments, replay).run();
      manifest = segments.manifest();
    } catch (IOException e) {
      close();
      throw StoreException.of("can't open " + directory, directory, e);
    }
    lastWritten = replay.last();
    lastAppended = lastWritten;
    lastWrittenTimestamp = replay.lastTimestamp();
    lastAppendedTimestamp = lastWrittenTimestamp;
    segments.active().rewriteBelow = 0;
    compactor.request();
  }

  /** Is called, while the log is opened, when the index has taken messages. */
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
  public long largest() {
    return LARGEST;
  }

  @Override
  public int maxLength() {
    return LogRecord.MAX_LENGTH - 128 * 1024;
  }

  @Override
  public int append(long sequence, byte[] subject, MessageBody body, long timestamp, long ttl) {
    Segment segment = segments.active();
    int at = buffer.message(segment.salt, sequence, subject, body, timestamp, ttl);
    segment.live++;
    segment.liveBytes +=
        sizeOf(subject.length, body.headerLength(), body.length() - body.headerLength());
    lastAppended = sequence;
    lastAppendedTimestamp = timestamp;
    return segment.size + at;
  }

  private void put(byte type, long sequence, int numbers, long first, long second) {
    buffer.put(segments.active().salt, type, sequence, numbers, first, second);
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
    StoreManifest known = manifest;
    if (known != null) {
      known.goneBelow(first);
    }
    put(LogRecord.REMOVE_BELOW, first, 2, last, lastTimestamp);
  }

  @Override
  public void removeAbove(long last, long lastTimestamp) {
    try {
      cutTail(segments.active());
      segments.manifest().lower(last, lastTimestamp);
      next = segments.create(segments.active().number + 1, last + 1, lastTimestamp);
    } catch (IOException e) {
      throw StoreException.of("can't begin a segment in " + directory, directory, e);
    }
    next.truncates = true;
    wroteUpTo(last, lastTimestamp);
  }

  @Override
  public void truncated() {
    Segment begun = next;
    if (begun != null) {
      next = null;
      compactor.abandon(null);
      segments.active().rewriteBelow = segments.active().size / 2;
      segments.clampBases(begun.base);
      segments.add(begun);
      segments.note(lastWritten, lastWrittenTimestamp);
      compactor.request();
    }
  }

  @Override
  public boolean cut(long sequence, int position, long lastTimestamp) {
    Segment segment = segments.active();
    if (segments.of(sequence) != segment
        || segment.isCompressed()
        || !segment.file().canCutAt(position)) {
      return false;
    }
    try {
      if (removesBelow(segment, position, sequence)) {
        return false;
      }
      segments.manifest().lower(sequence - 1, lastTimestamp);
      segment.file().truncate(position);
      // The messages in it are going to be counted as dead: at worst one copy too many is made.
      segment.size = position;
      tailDirty = true; // it has no END
      syncer.changed(segment.file());
    } catch (IOException e) {
      throw StoreException.of("can't cut " + segment.path, segment.path, e);
    } finally {
      cache.forget(segment);
    }
    wroteUpTo(sequence - 1, lastTimestamp);
    tryToCutTail();
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
    compactor.abandon(null);
    try {
      segments.beginAnew();
    } catch (IOException e) {
      throw StoreException.of("can't begin a segment in " + directory, directory, e);
    }
    wroteUpTo(0, 0);
    tailDirty = false;
  }

  @Override
  public void replaceAll() {
    flush();
    try {
      segments.replaceAll(lastWritten, lastWrittenTimestamp);
    } catch (IOException e) {
      throw StoreException.of("can't replace what is in " + directory, directory, e);
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
    compactor.abandon(null);
    Segment segment = segments.active();
    LogBuffer only = new LogBuffer();
    only.put(segment.salt, LogRecord.CLEAR, first, 2, last, lastTimestamp);
    reserve(last);
    try {
      int length = only.end(segment.salt, last, Segment.HEADER);
      segment.file().write(only.bytes(), 0, length, Segment.HEADER, LogRecord.END_LENGTH);
      // First the record, or a loss of power could leave neither it nor what it is about.
      syncer.written(segment.file());
      segment.size = Segment.HEADER + only.length();
      tailDirty = true;
      segment.file().truncate(Segment.HEADER + length);
      tailDirty = false;
      syncer.changed(segment.file());
    } catch (IOException e) {
      throw StoreException.of("can't clear " + segment.path, segment.path, e);
    } finally {
      cache.forget(segment);
    }
    buffer.clear(); // what is gone is gone with all
    segment.live = 0;
    segment.liveBytes = 0;
    segment.dead = 0;
    segment.base = Math.min(segment.base, last + 1);
    wroteUpTo(last, lastTimestamp);
    StoreManifest known = manifest;
    if (known != null) {
      known.goneBelow(first);
    }
    compactor.discardOld(last, lastTimestamp);
  }

  @Override
  public void gone(long sequence, int size) {
    Segment segment = segments.of(sequence);
    segment.live--;
    segment.liveBytes -= size;
    segment.dead++;
    if (segment.live == 0 || segment.liveBytes < segment.rewriteBelow) {
      compactor.request();
    }
  }

  @Override
  public boolean canErase(long sequence) {
    Segment segment = segments.of(sequence);
    return segment.isCompressed() || segment.file().isOverwritable();
  }

  @Override
  public void erase(long sequence, int position, long timestamp, MessageIndex index) {
    Segment segment = segments.of(sequence);
    try {
      compactor.abandon(segment);
      if (segment.isCompressed()) {
        compactor.copyWithout(segment, sequence, index);
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
      LogRecord.seal(nothing, 0, length, segment.salt, new CRC32C());
      segments.changed(segment);
      segment.file().write(nothing, 0, length, position);
      syncer.changed(segment.file());
    } catch (IOException e) {
      throw StoreException.of("can't erase message " + sequence, segment.path, e);
    } finally {
      cache.forget(segment);
    }
  }

  @Override
  public int buffered() {
    return buffer.length();
  }

  @Override
  public void flush() {
    int length = buffer.length();
    if (length == 0) {
      return;
    }
    Segment segment = segments.active();
    try {
      reserve(lastAppended);
      if (segment.size > Integer.MAX_VALUE - length - LogRecord.END_LENGTH) {
        throw new IOException("the segment is full, and none can be begun after it");
      }
      cutTail(segment);
      int withEnd = buffer.end(segment.salt, lastAppended, segment.size);
      tailDirty = true;
      segment.file().write(buffer.bytes(), 0, withEnd, segment.size, LogRecord.END_LENGTH);
      syncer.written(segment.file());
      tailDirty = false;
    } catch (IOException | StoreException e) {
      // The index is going to forget what was appended: it must not be written later.
      dropAppended();
      try {
        cutTail(segment);
      } catch (IOException again) {
        e.addSuppressed(again); // the next flush tries again before it writes
      }
      throw e instanceof IOException io
          ? StoreException.of("can't write to " + segment.path, segment.path, io)
          : (StoreException) e;
    }
    cache.wrote(segment, segment.size, buffer.bytes(), length);
    segment.size += length;
    lastWritten = lastAppended;
    lastWrittenTimestamp = lastAppendedTimestamp;
    buffer.clear();
    if (segment.size >= segmentSize) {
      compactor.request();
    }
  }

  /** Sequences up to this one are about to be given out. */
  private void reserve(long upTo) {
    StoreManifest known = manifest;
    if (known != null) {
      try {
        known.reserve(upTo, lastWritten, lastWrittenTimestamp);
      } catch (RuntimeException | Error e) {
        // As for lack of memory: nothing has happened yet, and the next time there may be some.
        throw StoreException.of("can't write to " + directory, directory, new IOException(e));
      }
    }
  }

  @Override
  public void dropAppended() {
    // The index is going to say that they are gone, but they never were in the file.
    segments.active().dead -= buffer.keepRemovals();
    lastAppended = lastWritten;
    lastAppendedTimestamp = lastWrittenTimestamp;
  }

  /** Makes the file end where it counts: between the two steps it looks as if it had been cut. */
  private void cutTail(Segment segment) throws IOException {
    if (tailDirty) {
      segment.file().truncate(segment.size);
      segment.writeEnd(lastWritten);
      tailDirty = false;
    }
  }

  /** {@link #cutTail}, if that can be done now; else the next write or {@link #tidy} does it. */
  private void tryToCutTail() {
    Segment segment = segments.active();
    try {
      cutTail(segment);
      syncer.changed(segment.file());
    } catch (IOException e) {
      logger.warn("Can't write the end of {}; the next flush tries again", segment.path, e);
    }
  }

  // --- reading ---

  @Override
  public @Nullable StoredMessage read(long sequence, int position, String subject) {
    try {
      return reader.read(sequence, position, subject);
    } catch (IOException e) {
      throw StoreException.of("can't read message " + sequence, directory, e);
    }
  }

  @Override
  public long timestamp(long sequence, int position) {
    try {
      return reader.timestamp(sequence, position);
    } catch (IOException e) {
      throw StoreException.of("can't read message " + sequence, directory, e);
    }
  }

  @Override
  public void purged() {
    compactor.purged();
  }

  @Override
  public boolean makeRoom(MessageIndex index) {
    return !tailDirty && compactor.makeRoom(index, lastWritten, lastWrittenTimestamp);
  }

  @Override
  public void tidy(MessageIndex index) {
    if (tailDirty) {
      tryToCutTail();
    }
    if (!compactor.isNeeded()) {
      return;
    }
    try {
      // What the limits have just taken: a segment begins with nothing in the buffer.
      flush();
      cutTail(segments.active());
    } catch (StoreException | IOException e) {
      logger.warn("Can't record what is gone; {} stays as it is", directory, e);
      return;
    }
    compactor.run(index, lastWritten, lastWrittenTimestamp);
  }

  // --- life ---

  @Override
  public void sync() {
    try {
      syncer.syncNow();
    } catch (IOException e) {
      throw StoreException.of("can't sync " + directory, directory, e);
    }
  }

  @Override
  public void close() {
    // Like nats-server, without waiting for the disk: that is what sync is for.
    compactor.close();
    StoreManifest known = manifest;
    if (known != null) {
      known.close(lastWritten, lastWrittenTimestamp);
    }
    syncer.close();
    segments.close();
  }

  @Override
  public String toString() {
    return directory.toString();
  }

  @Override
  public void delete() {
    try {
      disk.deleteTree(directory);
    } catch (IOException e) {
      throw StoreException.of("can't delete " + directory, directory, e);
    }
  }
}
