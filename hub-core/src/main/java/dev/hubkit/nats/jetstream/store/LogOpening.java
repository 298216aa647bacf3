package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the directory of a log: tells what its records say, and reports what is damaged. */
final class LogOpening {
  private static final Logger logger = LoggerFactory.getLogger(FileLog.class);

  private final Segments segments;
  private final Disk disk;
  private final Path directory;
  private final Replay replay;
  private long putAside; // bytes of segments that can't be used, before the next that can

  LogOpening(Segments segments, Replay replay) {
    this.segments = segments;
    disk = segments.disk();
    directory = segments.directory();
    this.replay = replay;
  }

  /** Opens the segments there are, and begins one when none can be appended to. */
  void run() throws IOException {
    segments.syncer().createDirectories(directory);
    List<String> names = names();
    for (int i = 0; i < names.size(); i++) {
      open(names.get(i), i == names.size() - 1);
    }
    reportPutAside(replay.last());
    if (segments.isEmpty()) {
      segments.add(segments.create(1, replay.last() + 1, 0));
    } else if (segments.active().isCompressed() || segments.active().digested) {
      int number = segments.active().number + 1;
      segments.add(segments.create(number, replay.last() + 1, replay.lastTimestamp()));
    }
  }

  /** The names of the segments; what was left of others is removed. */
  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (String name : disk.list(directory)) {
      (name.endsWith(Segments.SUFFIX) ? names : others).add(name);
    }
    Set<String> known = new HashSet<>(names);
    for (String name : others) {
      String digested = SegmentDigest.segmentOf(name);
      boolean isOrphan = digested != null && !known.contains(digested);
      if (isTemporary(name) || isOrphan) {
        disk.delete(directory.resolve(name)); // a rewrite or a removal that was cut short
      }
    }
    return names;
  }

  /** Whether a file is one that a rewrite or a digest was made in. */
  private static boolean isTemporary(String name) {
    return name.endsWith(Segments.SUFFIX + ".tmp") || name.endsWith(SegmentDigest.SUFFIX + ".tmp");
  }

  private void open(String name, boolean isLast) throws IOException {
    Path path = directory.resolve(name);
    int number = Integer.parseInt(name.substring(0, name.length() - Segments.SUFFIX.length()));
    Segment segment;
    try {
      segment = Segment.open(disk, number, path);
      refuseCopy(segment);
    } catch (StoreException.Corrupt e) {
      logger.error("A segment can't be used and is put aside: {}", e.getMessage());
      putAside += size(path);
      disk.replace(path, directory.resolve(name + ".damaged"));
      return;
    }
    reportPutAside(segment.base - 1);
    if (!segments.isEmpty() && segment.base <= replay.last()) {
      segment.truncates = true;
      replay.removedAbove(segment.base - 1, segment.baseTimestamp);
      segments.clampBases(segment.base);
    }
    segments.add(segment);
    replay.segment(segment.base, segment.baseTimestamp);
    SegmentDigest digest = SegmentDigest.read(disk, segment);
    if (digest != null && digest.fits(segment)) {
      digest.replay(replay);
      segment.digested = true;
    } else {
      scan(segment, isLast);
    }
    if (segment.cutOff > 0) {
      reportDamage(segment, segment.size, segment.size + segment.cutOff, 0, 0);
    } else if (digest != null && digest.segmentSize() > segment.size) {
      reportDamage(segment, segment.size, digest.segmentSize(), 0, 0);
    }
    segment.rewriteBelow = segment.size / 2;
  }

  /** A segment that another one is a copy of would take back what came between the two. */
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

  private void reportPutAside(long last) {
    if (putAside > 0) {
      replay.damaged(replay.last() + 1, Math.max(0, last - replay.last()), putAside);
      putAside = 0;
    }
  }

  private void scan(Segment segment, boolean isLast) throws IOException {
    SegmentScanner scanner = new SegmentScanner(segment.view());
    int end = Segment.HEADER;
    while (scanner.next()) {
      long before = replay.last();
      tell(scanner);
      if (scanner.damagedFrom() >= 0) {
        long missing = Math.max(0, replay.last() - before - 1);
        reportDamage(segment, scanner.damagedFrom(), scanner.position(), before + 1, missing);
        segment.staysUndigested = true;
      }
      end = scanner.position() + scanner.length();
    }
    if (end < segment.size) {
      reportDamage(segment, end, segment.size, 0, 0);
      segment.size = end;
      if (isLast && !segment.isCompressed()) {
        segment.file().truncate(end);
      } else {
        segment.staysUndigested = true;
      }
    }
  }

  private void reportDamage(Segment segment, int from, int to, long first, long messages) {
    logger.warn(
        "{}: bytes {} to {} are no records (a write that was cut short, or damage); {} messages"
            + " lost",
        segment.path,
        from,
        to,
        messages);
    replay.damaged(first, messages, to - from);
  }

  private void tell(SegmentScanner scanner) {
    byte[] bytes = scanner.buffer();
    int at = scanner.at();
    long sequence = LogRecord.sequence(bytes, at);
    switch (bytes[at + LogRecord.TYPE]) {
      case LogRecord.MESSAGE -> {
        if (sequence > replay.last()) {
          int subjectLength = LogRecord.getShort(bytes, at + LogRecord.SUBJECT_LENGTH);
          int headerLength = LogRecord.getInt(bytes, at + LogRecord.HEADER_LENGTH);
          replay.message(
              sequence,
              bytes,
              at + LogRecord.SUBJECT,
              subjectLength,
              headerLength,
              scanner.length() - LogRecord.SUBJECT - subjectLength - headerLength,
              scanner.position(),
              LogRecord.getLong(bytes, at + LogRecord.TIMESTAMP),
              LogRecord.getLong(bytes, at + LogRecord.TTL));
        }
      }
      case LogRecord.REMOVE -> replay.removed(sequence);
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
