package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import java.io.IOException;

/**
 * Makes a segment smaller without any room: moves what is needed of it to the front, over what is
 * not, and cuts off the rest. For a full disk; otherwise a {@link SegmentCompaction} does that
 * beside others' work.
 *
 * <p>It goes by passes, each of which writes only over what no longer counts when it begins, and is
 * safe before the next one begins. If it is cut short, what was moved is there twice, and of the
 * two the first counts, as sequences ascend; in between may be bytes that are no records.
 */
final class InPlaceCompaction {
  private static final Log logger = Log.of(InPlaceCompaction.class);
  private static final int MAX_PASSES = 40;
  private static final int SKIP_LENGTH = LogRecord.BODY + 8;

  private final Segments segments;
  private final Segment segment;
  private final MessageIndex index;
  private final NeededRecords needed;
  // Of each needed record: where it is, how long, and of which message; 0 for of none.
  private final LongList records = new LongList();
  private int newSize;

  InPlaceCompaction(Segments segments, Segment segment, MessageIndex index) {
    this.segments = segments;
    this.segment = segment;
    this.index = index;
    needed = new NeededRecords(segments, segment, index);
  }

  /**
   * Does it, if that can be done so.
   *
   * @param last the last sequence of the log, when this is its active segment; else 0
   * @return whether the segment has become smaller
   */
  boolean run(long last, long lastTimestamp) throws IOException {
    if (segment.isCompressed() || !segment.file().isOverwritable()) {
      return false;
    }
    plan();
    if (segment.isDamaged) {
      return false;
    }
    boolean isActive = last > 0;
    int tail = isActive ? SKIP_LENGTH : 0;
    if (newSize + tail >= segment.size || !move(false)) {
      return false;
    }
    int before = segment.size;
    segments.changed(segment);
    move(true);
    LogBuffer end = new LogBuffer();
    if (isActive) {
      end.put(segment.salt, LogRecord.SKIP, last, 1, lastTimestamp, 0);
    }
    int length = end.length();
    if (segment.hasEnd()) {
      length = end.end(segment.salt, isActive ? last : segment.base - 1, newSize);
    }
    segment.file().write(end.bytes(), 0, length, newSize);
    segment.file().sync();
    segment.file().truncate(newSize + length);
    segments.syncer().changed(segment.file());
    segment.size = newSize + tail;
    segment.dead = 0;
    segment.rewriteBelow = segment.liveBytes / 2;
    segments.cache().forget(segment);
    logger.info("{}: made smaller in its place, by {} bytes", segment.path, before - segment.size);
    return true;
  }

  private void plan() throws IOException {
    SegmentScanner scanner = new SegmentScanner(segment.view());
    newSize = Segment.HEADER;
    int end = Segment.HEADER;
    while (scanner.next()) {
      segment.isDamaged |= scanner.damagedFrom() >= 0;
      end = scanner.position() + scanner.length();
      if (needed.has(scanner)) {
        boolean isMessage = scanner.buffer()[scanner.at() + LogRecord.TYPE] == LogRecord.MESSAGE;
        records.add(scanner.position());
        records.add(scanner.length());
        records.add(isMessage ? LogRecord.sequence(scanner.buffer(), scanner.at()) : 0);
        newSize += scanner.length();
      }
    }
    segment.isDamaged |= end != segment.size;
  }

  /**
   * Makes the passes.
   *
   * @param really or only finds out whether it can be done
   */
  private boolean move(boolean really) throws IOException {
    long[] entries = records.toArray();
    int to = Segment.HEADER;
    int next = 0;
    // What is at the front already stays.
    while (next < entries.length && entries[next] == to) {
      to += (int) entries[next + 1];
      next += 3;
    }
    for (int pass = 0; next < entries.length; pass++) {
      int room = (int) entries[next];
      int from = next;
      int length = 0;
      while (next < entries.length && to + length + entries[next + 1] <= room) {
        length += (int) entries[next + 1];
        next += 3;
      }
      if (next == from || pass == MAX_PASSES) {
        return false;
      }
      if (really) {
        copy(entries, from, next, to, length);
      }
      to += length;
    }
    return true;
  }

  private void copy(long[] entries, int from, int end, int to, int length) throws IOException {
    byte[] bytes = new byte[length];
    int at = 0;
    for (int i = from; i < end; i += 3) {
      int size = (int) entries[i + 1];
      if (segment.file().read(bytes, at, size, entries[i]) < size) {
        throw new IOException("the file is shorter than it was");
      }
      at += size;
    }
    segment.file().write(bytes, 0, length, to);
    segment.file().sync(); // before any of what was moved is written over
    at = to;
    for (int i = from; i < end; i += 3) {
      long sequence = entries[i + 2];
      if (sequence != 0) {
        index.move(sequence, at);
      }
      at += (int) entries[i + 1];
    }
    segments.cache().forget(segment);
  }
}
