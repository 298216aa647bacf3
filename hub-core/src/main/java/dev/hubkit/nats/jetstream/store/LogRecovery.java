package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the directory of a log: has a visitor visit its records, and reports damage. It deletes
 * nothing that it does not understand, and no sequence is given out again because one file is
 * damaged: the manifest has the highest ones.
 */
final class LogRecovery {
  private static final Log logger = Log.of(FileLog.class);
  private static final Pattern SEGMENT = Pattern.compile("[0-9]{10}\\.seg");

  private final Segments segments;
  private final FileSystem disk;
  private final Path directory;
  private final LossDetector lost;
  private final RecordView view = new RecordView();
  private LogVisitor replay;
  private long putAside; // bytes of segments that can't be used, before the next that can
  private boolean isEndLost; // the last bytes of the log, at least, can't be used
  private long lostAfter = -1; // the last sequence before some damage; negative for none
  private long ended = -1; // the last sequence of the log, by its END; negative when that is gone
  private @Nullable Segment unfinished; // the last one, when its end was cut short
  private final List<Path> unusable = new ArrayList<>(); // files of segments

  LogRecovery(Segments segments, LogVisitor replay) {
    this.segments = segments;
    disk = segments.disk();
    directory = segments.directory();
    this.replay = replay;
    lost = new LossDetector(replay);
  }

  /** Opens the segments there are, and begins one when none can be appended to. */
  void run() throws IOException {
    segments.syncer().createDirectories(directory);
    StoreManifest manifest = segments.manifest();
    SortedSet<Integer> numbers = numbers(manifest);
    int newest = newest(numbers, manifest);
    for (int number : numbers) {
      open(number, number == newest);
    }
    reportPutAside(replay.last());
    lost.report();
    goOn(findEnd(manifest), numbers.isEmpty() ? 0 : numbers.last());
    // Not before: until there is an end that is whole, they say that it is lost.
    for (Path path : unusable) {
      DamagedFiles.keep(disk, path);
    }
    segments.noteFound(replay.last(), replay.lastTimestamp());
  }

  /** Records the end where that is needed, and begins a segment when none can be appended to. */
  private void goOn(LogEnd end, int highest) throws IOException {
    Segment cut = unfinished;
    LogEnd rest = end;
    if (cut != null && cut.hasEnd()) {
      end.mend(cut);
      rest = LogEnd.whole(end.next(), end.nextTimestamp());
    }
    if (segments.isEmpty()
        || !rest.isWhole()
        || segments.active().staysUndigested
        || !segments.active().hasEnd()
        || segments.active().isCompressed()
        || segments.active().digested) {
      segments.add(rest.begin(segments, highest + 1));
    }
    if (cut != null && !cut.hasEnd()) {
      cut.file().truncate(cut.size);
    }
  }

  /** Finds what the log goes on with; passes over sequences whose messages are lost at its end. */
  private LogEnd findEnd(StoreManifest manifest) {
    long last = replay.last();
    long lastTimestamp = last == 0 ? 0 : replay.lastTimestamp();
    long stored = Math.max(manifest.last(), ended);
    if (last >= stored && !isEndLost) {
      return LogEnd.whole(last, lastTimestamp);
    }
    long next = Math.max(last, ended >= 0 ? stored : manifest.bound());
    long from = Math.max(last + 1, manifest.first());
    replay.damaged(from, Math.max(0, stored - from + 1), 0);
    long first = isEndLost ? Math.min(manifest.first(), next + 1) : 0;
    replay.removedBelow(first, last, replay.lastTimestamp());
    if (next == last) {
      return new LogEnd(first, last, lastTimestamp, last, lastTimestamp);
    }
    if (stored > last) {
      logger.error(
          "{}: the end of the log is lost. Messages {} to {} were stored, and up to {} may have"
              + " been; the next one is {}",
          directory,
          last + 1,
          stored,
          next,
          next + 1);
    } else {
      logger.error(
          "{}: the end of the log is cut. Messages {} to {} may have been stored; the next one is"
              + " {}",
          directory,
          last + 1,
          next,
          next + 1);
    }
    long timestamp = Math.max(replay.lastTimestamp(), manifest.lastTimestamp());
    replay.skipped(next, timestamp);
    return new LogEnd(first, last, lastTimestamp, next, timestamp);
  }

  /** The last segment but for those whose making was cut short, which have nothing in them yet. */
  private int newest(SortedSet<Integer> numbers, StoreManifest manifest) throws IOException {
    SortedSet<Integer> rest = numbers;
    while (!rest.isEmpty() && rest.last() > manifest.active() && isCutShort(rest.last())) {
      rest = rest.headSet(rest.last());
    }
    return rest.isEmpty() ? 0 : rest.last();
  }

  private boolean isCutShort(int number) throws IOException {
    Path path = segments.path(number);
    if (!disk.exists(path) || disk.exists(SegmentDigest.pathOf(path))) {
      return false;
    }
    try {
      Segment.open(disk, number, path, segments.log()).file().close();
      return false;
    } catch (StoreException.Corrupt e) {
      return size(path) <= Segment.HEADER + LogRecord.END_LENGTH;
    }
  }

  /** The numbers of the segments there are, and of those that should be. */
  private SortedSet<Integer> numbers(StoreManifest manifest) throws IOException {
    SortedSet<Integer> numbers = new TreeSet<>(manifest.numbers());
    for (String name : disk.list(directory)) {
      String digested = SegmentDigest.segmentOf(name);
      if (SEGMENT.matcher(name).matches()) {
        numbers.add(numberOf(name));
      } else if (digested != null && SEGMENT.matcher(digested).matches()) {
        int number = numberOf(digested);
        if (SegmentDigest.read(disk, segments.path(number), number, segments.log()) != null) {
          numbers.add(number);
        }
      } else if (isTemporary(name)) {
        disk.delete(directory.resolve(name)); // a rewrite or a digest that was cut short
      }
    }
    return numbers;
  }

  private static int numberOf(String segment) {
    return (int)
        Math.min(
            Integer.MAX_VALUE - 1,
            Long.parseLong(segment.substring(0, segment.length() - Segments.SUFFIX.length())));
  }

  /** Whether a file is one that a rewrite or a digest was made in. */
  private static boolean isTemporary(String name) {
    if (!name.endsWith(".tmp")) {
      return false;
    }
    String made = name.substring(0, name.length() - ".tmp".length());
    String digested = SegmentDigest.segmentOf(made);
    return SEGMENT.matcher(digested == null ? made : digested).matches();
  }

  private void open(int number, boolean isLast) throws IOException {
    Path path = segments.path(number);
    SegmentDigest digest = SegmentDigest.read(disk, path, number, segments.log());
    Segment segment = null;
    String trouble = "it is missing";
    long bytes = 0;
    if (disk.exists(path)) {
      try {
        segment = openOrMend(number, path, digest);
      } catch (StoreException.Corrupt e) {
        trouble = String.valueOf(e.getMessage());
        bytes = size(path);
      }
    }
    if (segment != null) {
      read(segment, digest, isLast);
      return;
    }
    logger.error("The segment {} can't be used: {}", path, trouble);
    if (digest == null) {
      unusable.add(path);
      putAside += Math.max(1, bytes);
      // One that was just begun has nothing in it yet.
      StoreManifest manifest = segments.manifest();
      isEndLost |=
          isLast && (number <= manifest.active() || bytes > Segment.HEADER + LogRecord.END_LENGTH);
    } else {
      DamagedFiles.keep(disk, path);
      makeAnew(number, path, digest, isLast);
      replay.damaged(0, 0, Math.max(1, bytes));
    }
  }

  private Segment openOrMend(int number, Path path, @Nullable SegmentDigest digest)
      throws IOException {
    Segment segment;
    try {
      segment = Segment.open(disk, number, path, segments.log());
    } catch (StoreException.Corrupt e) {
      SegmentHeader header =
          digest == null ? segments.manifest().headerOf(number) : digest.header();
      if (header == null) {
        throw e;
      }
      segment = Segment.mend(disk, number, path, segments.log(), header);
      logger.error("{}; its header is mended", e.getMessage());
      replay.damaged(0, 0, Segment.HEADER);
    }
    refuseCopy(segment);
    return segment;
  }

  /**
   * Makes a segment from its digest, when that is all that is left: what it says of others counts.
   */
  private void makeAnew(int number, Path path, SegmentDigest digest, boolean isLast)
      throws IOException {
    lost.add(digest);
    replay = lost;
    SegmentRemains.write(segments, number, digest);
    read(Segment.open(disk, number, path, segments.log()), null, isLast);
  }

  private void read(Segment segment, @Nullable SegmentDigest digest, boolean isLast)
      throws IOException {
    reportPutAside(segment.base - 1);
    reportLost(segment.base - 1);
    if (!segments.isEmpty() && segment.base <= replay.last()) {
      segment.truncates = true;
      replay.removedAbove(segment.base - 1, segment.baseTimestamp);
      segments.clampBases(segment.base);
    }
    segments.add(segment);
    replay.segment(segment.base, segment.baseTimestamp);
    if (digest != null && digest.fits(segment)) {
      digest.replay(replay);
      segment.digested = true;
    } else if (digest != null && digest.header().salt() == segment.salt) {
      // A digest goes before its segment changes, so this one is damaged: the digest lists what is
      // missing.
      lost.add(digest);
      replay = lost;
      scan(segment, isLast, true);
      lost.remove(digest);
      segment.isDamaged = true;
    } else {
      scan(segment, isLast, false);
    }
    if (segment.cutOff > 0) {
      reportDamage(segment, segment.size, segment.size + segment.cutOff);
      isEndLost |= isLast;
    } else if (digest != null && digest.segmentSize() > segment.size) {
      reportDamage(segment, segment.size, digest.segmentSize());
    }
    segment.rewriteBelow = segment.size / 2;
  }

  /** Refuses a copy of another segment: it would take back what came between the two. */
  private void refuseCopy(Segment segment) throws IOException {
    for (int i = 0; i < segments.size(); i++) {
      Segment other = segments.get(i);
      if (other.salt == segment.salt && other.baseTimestamp == segment.baseTimestamp) {
        segment.file().close();
        throw new StoreException.Corrupt(segment.path, "a copy of " + other.path);
      }
    }
  }

  private long size(Path path) throws IOException {
    try (StoreFile file = disk.open(path)) {
      return file.size();
    }
  }

  private void reportPutAside(long last) throws IOException {
    if (putAside > 0) {
      long from = Math.max(replay.last() + 1, segments.manifest().first());
      replay.damaged(from, Math.max(0, last - from + 1), putAside);
      putAside = 0;
    }
  }

  private void scan(Segment segment, boolean isLast, boolean isDigested) throws IOException {
    SegmentScanner scanner = new SegmentScanner(segment.view());
    int end = Segment.HEADER;
    long clearedUpTo = -1;
    boolean isCleared = false;
    while (scanner.next()) {
      long before = replay.last();
      visit(scanner);
      byte type = scanner.buffer()[scanner.at() + LogRecord.TYPE];
      if (type == LogRecord.CLEAR) {
        clearedUpTo = replay.last();
        isCleared = !segment.hasEnd();
      } else if (type == LogRecord.END) {
        isCleared = before == clearedUpTo;
      }
      if (scanner.damagedFrom() >= 0) {
        reportDamage(segment, scanner.damagedFrom(), scanner.position());
        segment.staysUndigested = true;
        if (!isDigested && lostAfter < 0) {
          lostAfter = before;
        }
      }
      if (replay.last() > before) {
        reportLost(replay.last() - 1);
      }
      end = scanner.position() + scanner.length();
    }
    if (isLast) {
      ended = segment.endSequence();
    }
    if (end < segment.size || (segment.isEndMissing() && !isDigested)) {
      // What clears is written over what was there, of which then nothing counts.
      isCleared &= replay.last() == clearedUpTo;
      boolean isCutShort = ended < 0 && (isCleared || scanner.endsWithin(end));
      closeTail(segment, end, isLast, isCleared, isCutShort);
      if (!isDigested && !isLast && lostAfter < 0) {
        lostAfter = replay.last();
      }
    } else if (segment.misplaced() > 0 && !segment.staysUndigested) {
      reportMisplacedEnd(segment);
    }
  }

  private void reportMisplacedEnd(Segment segment) {
    logger.warn("{}: the file has lost or gained {} bytes", segment.path, segment.misplaced());
    replay.damaged(0, 0, segment.misplaced());
    segment.staysUndigested = true;
  }

  /** Deals with the bytes of a segment behind its last record, or with an END that is missing. */
  private void closeTail(
      Segment segment, int end, boolean isLast, boolean isCleared, boolean isCutShort)
      throws IOException {
    StoreManifest manifest = segments.manifest();
    boolean isUnused = end == Segment.HEADER && segment.number > manifest.active();
    // A file that was cut looks like a write that was: more may have been behind either.
    isEndLost |= isLast && !isCleared && !isUnused;
    if (end < segment.size) {
      reportDamage(segment, end, segment.size);
    } else if (!isUnused) {
      logger.warn("{}: the file was cut, or a write to it was, behind byte {}", segment.path, end);
      replay.damaged(0, 0, LogRecord.END_LENGTH);
    }
    boolean wasWritten = manifest.isClosed() || !isCutShort;
    segment.size = end;
    if (isLast && !segment.isCompressed() && !wasWritten) {
      unfinished = segment;
    } else {
      segment.staysUndigested = true; // it is left as it is
    }
  }

  private void reportDamage(Segment segment, int from, int to) {
    logger.warn(
        "{}: bytes {} to {} are no records (a write that was cut short, or damage)",
        segment.path,
        from,
        to);
    replay.damaged(0, 0, to - from);
  }

  /** Reports what is missing between what was read before some damage and what comes after it. */
  private void reportLost(long upTo) {
    if (lostAfter >= 0) {
      if (upTo > lostAfter) {
        logger.warn("{}: messages {} to {} are lost", directory, lostAfter + 1, upTo);
        replay.damaged(lostAfter + 1, upTo - lostAfter, 0);
      }
      lostAfter = -1;
    }
  }

  private void visit(SegmentScanner scanner) {
    byte[] bytes = scanner.buffer();
    int at = scanner.at();
    long sequence = LogRecord.sequence(bytes, at);
    switch (bytes[at + LogRecord.TYPE]) {
      case LogRecord.MESSAGE -> {
        if (sequence > replay.last()) {
          view.show(bytes, at, scanner.length(), scanner.position());
          replay.messages(view);
        }
      }
      case LogRecord.REMOVE -> replay.removed(sequence);
      case LogRecord.END -> {}
      case LogRecord.SKIP, LogRecord.ERASED ->
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
}
