package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
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
  private static final String SUFFIX = ".seg";

  private final Disk disk;
  private final Path directory;
  private final Syncer syncer;
  private final int segmentSize;
  private final boolean compress;
  private final List<Segment> segments = new ArrayList<>();
  private final ReadCache cache = new ReadCache();
  private final CRC32C checksum = new CRC32C();

  private @Nullable Segment next; // begun by a truncation that is going on
  private byte[] buffer = new byte[4 * 1024];
  private int buffered;
  private boolean tailDirty; // the last segment's file goes beyond what counts
  private boolean untidy;
  private @Nullable Rewrite rewrite; // that is going on
  private long lastWritten; // the last sequence and its time, for the next segment's header
  private long lastWrittenTimestamp;
  private long lastAppended;
  private long lastAppendedTimestamp;

  FileLog(Disk disk, Path directory, Syncer syncer, int segmentSize, boolean compress) {
    this.disk = disk;
    this.directory = directory;
    this.syncer = syncer;
    this.segmentSize = segmentSize;
    this.compress = compress;
  }

  // --- opening ---

  /** Reads what is there. To be called once, first. */
  void open(Replay replay) {
    try {
      disk.createDirectories(directory);
      List<String> names = new ArrayList<>();
      for (String name : disk.list(directory)) {
        if (name.endsWith(SUFFIX)) {
          names.add(name);
        } else if (name.endsWith(".tmp")) {
          disk.delete(directory.resolve(name)); // a rewrite that was cut short
        }
      }
      for (int i = 0; i < names.size(); i++) {
        openSegment(names.get(i), i == names.size() - 1, replay);
      }
      if (segments.isEmpty()) {
        segments.add(create(1, replay.last() + 1, 0));
      } else if (active().isCompressed()) {
        int number = active().number + 1;
        segments.add(create(number, replay.last() + 1, replay.lastTimestamp()));
      }
    } catch (IOException e) {
      close();
      throw failure("can't open " + directory, directory, e);
    }
    lastWritten = replay.last();
    lastAppended = lastWritten;
    lastWrittenTimestamp = replay.lastTimestamp();
    lastAppendedTimestamp = lastWrittenTimestamp;
    active().rewriteBelow = 0;
    untidy = true;
  }

  private void openSegment(String name, boolean isLast, Replay replay) throws IOException {
    Path path = directory.resolve(name);
    int number = Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()));
    Segment segment;
    try {
      segment = Segment.open(disk, number, path);
    } catch (StoreException.Corrupt e) {
      logger.error("A segment can't be used and is put aside: {}", e.getMessage());
      disk.replace(path, directory.resolve(name + ".damaged"));
      replay.damaged(0, 0);
      return;
    }
    if (!segments.isEmpty() && segment.base <= replay.last()) {
      segment.truncates = true;
      replay.removedAbove(segment.base - 1, segment.baseTimestamp);
      clampBases(segment.base);
    }
    segments.add(segment);
    replay.segment(segment.base, segment.baseTimestamp);
    SegmentScanner scanner = new SegmentScanner(segment);
    int end = Segment.HEADER;
    while (scanner.next()) {
      long before = replay.last();
      replay(scanner, replay);
      if (scanner.damagedFrom() >= 0) {
        long missing = Math.max(0, replay.last() - before - 1);
        reportDamage(replay, segment, scanner.damagedFrom(), scanner.position(), missing);
      }
      end = scanner.position() + scanner.length();
    }
    if (end < segment.size) {
      reportDamage(replay, segment, end, segment.size, 0);
      segment.size = end;
      if (isLast && !segment.isCompressed()) {
        segment.file().truncate(end);
      }
    }
    if (segment.cutOff > 0) {
      reportDamage(replay, segment, segment.size, segment.size + segment.cutOff, 0);
    }
    segment.rewriteBelow = segment.size / 2;
  }

  private static void reportDamage(
      Replay replay, Segment segment, int from, int to, long messages) {
    logger.warn(
        "{}: bytes {} to {} are no records (a write that was cut short, or damage); {} messages"
            + " lost",
        segment.path,
        from,
        to,
        messages);
    replay.damaged(messages, to - from);
  }

  private static void replay(SegmentScanner scanner, Replay replay) {
    byte[] bytes = scanner.buffer();
    int at = scanner.at();
    long sequence = LogRecord.sequence(bytes, at);
    switch (bytes[at + LogRecord.TYPE]) {
      case LogRecord.MESSAGE -> {
        if (sequence > replay.last()) {
          replay.message(bytes, at, scanner.length(), scanner.position());
        }
      }
      case LogRecord.REMOVE -> replay.removed(sequence);
      case LogRecord.ERASED -> replay.skipped(sequence, 0);
      case LogRecord.SKIP ->
          replay.skipped(sequence, LogRecord.getLong(bytes, at + LogRecord.BODY));
      case LogRecord.REMOVE_BELOW ->
          replay.removedBelow(
              sequence,
              LogRecord.getLong(bytes, at + LogRecord.BODY),
              LogRecord.getLong(bytes, at + LogRecord.BODY + 8));
      case LogRecord.CLEAR ->
          replay.cleared(
              sequence,
              LogRecord.getLong(bytes, at + LogRecord.BODY),
              LogRecord.getLong(bytes, at + LogRecord.BODY + 8));
      default -> throw new IllegalStateException("type " + bytes[at + LogRecord.TYPE]);
    }
  }

  /** Hears that the index has taken a message of {@link Replay#message}. */
  void replayed(int size) {
    Segment segment = active();
    segment.live++;
    segment.liveBytes += size;
  }

  private Segment create(int number, long base, long timestamp) throws IOException {
    Path path = directory.resolve(String.format("%010d%s", number, SUFFIX));
    int salt = ThreadLocalRandom.current().nextInt();
    Segment segment = Segment.create(disk, number, path, salt, base, timestamp);
    syncer.changed(segment.file());
    syncer.renamed(directory);
    return segment;
  }

  /** After a truncation, sequences come again, and must be found in the segment that follows. */
  private void clampBases(long base) {
    for (Segment segment : segments) {
      segment.base = Math.min(segment.base, base);
    }
  }

  private Segment active() {
    return segments.get(segments.size() - 1);
  }

  private Segment segmentOf(long sequence) {
    int low = 0;
    int high = segments.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments.get(middle).base <= sequence) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return segments.get(low);
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
    Segment segment = active();
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
    LogRecord.seal(buffer, at, size, active().salt, checksum);
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
      next = create(active().number + 1, last + 1, lastTimestamp);
    } catch (IOException e) {
      throw failure("can't begin a segment in " + directory, directory, e);
    }
    next.truncates = true;
    lastWritten = last;
    lastAppended = last;
    lastWrittenTimestamp = lastTimestamp;
    lastAppendedTimestamp = lastTimestamp;
  }

  @Override
  public void truncated() {
    Segment begun = next;
    if (begun != null) {
      next = null;
      abandonRewrite(null);
      active().rewriteBelow = active().size / 2;
      clampBases(begun.base);
      segments.add(begun);
      untidy = true;
    }
  }

  @Override
  public void clear(long first, long last, long lastTimestamp) {
    // Written over what is there: a purge must work on a full disk, and make room on it. Whatever
    // the end of this process leaves behind the record has sequences too low to count.
    abandonRewrite(null);
    Segment segment = active();
    byte[] batch = buffer;
    buffer = new byte[256];
    buffered = 0;
    put(LogRecord.CLEAR, first, 2, last, lastTimestamp);
    try {
      segment.file().write(buffer, 0, buffered, Segment.HEADER);
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
    lastWritten = last;
    lastAppended = last;
    lastWrittenTimestamp = lastTimestamp;
    lastAppendedTimestamp = lastTimestamp;
    while (segments.size() > 1) {
      discard(0);
    }
  }

  @Override
  public void gone(long sequence, int size) {
    Segment segment = segmentOf(sequence);
    segment.live--;
    segment.liveBytes -= size;
    segment.dead++;
    if (segment.live == 0 || segment.liveBytes < segment.rewriteBelow) {
      untidy = true;
    }
  }

  @Override
  public void erase(long sequence, int position, MessageIndex index) {
    Segment segment = segmentOf(sequence);
    try {
      abandonRewrite(segment);
      if (segment.isCompressed()) {
        Rewrite without = newRewrite(segment, index, sequence);
        without.write();
        without.sync();
        finish(without);
        return;
      }
      byte[] prefix = new byte[LogRecord.PREFIX];
      if (segment.file().read(prefix, 0, LogRecord.PREFIX, position) < LogRecord.PREFIX) {
        throw new StoreException.Corrupt(segment.path, "message " + sequence + " is not there");
      }
      int length = LogRecord.length(prefix, 0);
      if (length < 0 || position + length > segment.size) {
        throw new StoreException.Corrupt(segment.path, "message " + sequence + " is damaged");
      }
      byte[] nothing = new byte[length];
      nothing[LogRecord.TYPE] = LogRecord.ERASED;
      LogRecord.putLong(nothing, LogRecord.SEQUENCE, sequence);
      LogRecord.seal(nothing, 0, length, segment.salt, checksum);
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
    Segment segment = active();
    try {
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
      untidy = true;
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
        active().dead--;
      }
      at += length;
    }
    buffered = kept;
  }

  // --- reading ---

  @Override
  public @Nullable StoredMessage read(long sequence, int position, String subject) {
    Segment segment = segmentOf(sequence);
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
    if (position >= segment.size && segment == active()) {
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
    Segment segment = segmentOf(sequence);
    try {
      byte[] bytes = load(segment, sequence, position);
      // A damaged one is found out by whoever reads it; meanwhile it is as old as can be.
      return bytes == null ? 0 : LogRecord.getLong(bytes, loadedAt + LogRecord.TIMESTAMP);
    } catch (IOException e) {
      throw failure("can't read message " + sequence, segment.path, e);
    }
  }

  // --- reclaiming room ---

  @Override
  public void tidy(MessageIndex index) {
    if (!untidy || buffered > 0) {
      return;
    }
    untidy = false;
    Segment last = active();
    if (last.size >= segmentSize) {
      try {
        segments.add(create(last.number + 1, lastWritten + 1, lastWrittenTimestamp));
        last.rewriteBelow = last.size / 2;
      } catch (IOException e) {
        logger.warn("Can't begin a segment in {}, going on with {}", directory, last.path, e);
        untidy = true;
        return;
      }
    }
    // Of the oldest segment nothing is needed once its messages are gone.
    while (segments.size() > 1 && segments.get(0).live == 0) {
      discard(0);
    }
    if (rewrite != null) {
      untidy = true; // one at a time; perhaps there are more
      if (rewrite.isSynced()) {
        endRewrite(rewrite);
      }
      return;
    }
    for (int i = 0; i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      if (wantsRewrite(segment)) {
        untidy = true;
        beginRewrite(segment, index);
        return;
      }
    }
  }

  private boolean wantsRewrite(Segment segment) {
    return segment.liveBytes < segment.rewriteBelow
        || (segment.live == 0 && segment.dead > 0)
        || (compress && !segment.isCompressed() && !segment.staysPlain);
  }

  private Rewrite newRewrite(Segment segment, MessageIndex index, long without) {
    int which = segments.indexOf(segment);
    boolean compressed = compress || segment.isCompressed();
    return new Rewrite(disk, segments, which, index, without, compressed);
  }

  private void beginRewrite(Segment segment, MessageIndex index) {
    Rewrite begun = newRewrite(segment, index, 0);
    try {
      begun.write();
    } catch (IOException e) {
      leaveAsIs(segment, e);
      return;
    }
    rewrite = begun;
    try {
      syncer.execute(begun::sync);
    } catch (RejectedExecutionException e) {
      logger.debug("The server is closing, {} stays as it is", segment.path, e);
      abandonRewrite(segment);
      return;
    }
    if (begun.isSynced()) {
      endRewrite(begun);
    }
  }

  private void endRewrite(Rewrite ended) {
    rewrite = null;
    Segment segment = ended.segment();
    try {
      finish(ended);
      int which = segments.indexOf(segment);
      if (segment.size == Segment.HEADER && (which == 0 || !segment.truncates)) {
        discard(which);
      }
    } catch (IOException e) {
      leaveAsIs(segment, e);
    }
  }

  private void finish(Rewrite ended) throws IOException {
    StoreFile old = ended.segment().file();
    ended.finish();
    cache.forget(ended.segment());
    syncer.closed(old);
    syncer.renamed(directory);
  }

  private static void leaveAsIs(Segment segment, IOException e) {
    logger.warn("Can't rewrite {}, which stays as it is", segment.path, e);
    segment.rewriteBelow = segment.liveBytes / 2;
    segment.staysPlain = true;
  }

  /** Gives up the rewrite that is going on, if it is about this segment, or null for any. */
  private void abandonRewrite(@Nullable Segment about) {
    Rewrite begun = rewrite;
    if (begun != null && (about == null || begun.segment() == about)) {
      rewrite = null;
      begun.abandon();
      untidy = true;
    }
  }

  private void discard(int at) {
    Segment segment = segments.remove(at);
    abandonRewrite(segment);
    cache.forget(segment);
    syncer.closed(segment.file());
    try {
      segment.file().close();
      disk.delete(segment.path);
    } catch (IOException e) {
      // All of it is gone by the record, so it only takes room until the next start.
      logger.warn("Can't delete {}", segment.path, e);
    }
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
    abandonRewrite(null);
    syncer.close();
    for (Segment segment : segments) {
      try {
        segment.file().close();
      } catch (IOException e) {
        logger.warn("Can't close {}", segment.path, e);
      }
    }
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
