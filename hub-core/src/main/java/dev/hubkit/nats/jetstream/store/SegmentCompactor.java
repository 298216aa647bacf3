package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the segments of a log tidy: takes away what is empty, makes smaller copies of those with
 * little that is alive, compresses, and has digests made. One thing at a time, between flushes.
 */
final class SegmentCompactor {
  private static final Log logger = Log.of(SegmentCompactor.class);

  private static final int SMALLEST_WASTE = 4 * 1024;

  private final Segments segments;
  private final int segmentSize;
  private final boolean compress;
  private @Nullable SegmentCompaction rewrite; // that is going on
  private @Nullable DigestWriter digesting; // that is going on
  private boolean needed;
  private boolean lacksRoom; // the disk had none, and nothing could be given back
  private boolean purged; // so that the active segment may have little that is alive

  SegmentCompactor(Segments segments, int segmentSize, boolean compress) {
    this.segments = segments;
    this.segmentSize = segmentSize;
    this.compress = compress;
  }

  /** Asks for a run, as there may be something to do. */
  void request() {
    needed = true;
  }

  /** Many messages have gone at once. */
  void purged() {
    purged = true;
    needed = true;
  }

  boolean isNeeded() {
    return needed;
  }

  /** Does what there is to do. */
  void run(MessageIndex index, long last, long lastTimestamp) {
    needed = false;
    Segment active = segments.active();
    boolean isWasted =
        purged
            && active.size >= Math.min(SMALLEST_WASTE, segmentSize / 4)
            && active.liveBytes < active.size / 2;
    if (purged && lacksRoom) {
      makeRoom(index, last, lastTimestamp);
      isWasted = false;
    }
    purged = false;
    if ((active.size >= segmentSize || isWasted) && !rollOver(active, last, lastTimestamp)) {
      needed = true;
      if (isWasted) {
        makeRoom(index, last, lastTimestamp);
      }
      return;
    }
    discardEmpty(last, lastTimestamp);
    if (goOn(last, lastTimestamp)) {
      return;
    }
    try {
      WorkStep.STORE_RECLAIM.reach();
      begin(index, last, lastTimestamp);
    } catch (RuntimeException | Error e) {
      // Only a copy has been begun: nothing depends on it.
      logger.error("Can't tidy up {}, which stays as it is", segments.directory(), e);
      abandon(null);
      needed = false;
      return;
    }
    SegmentCompaction begun = rewrite;
    if (begun != null && begun.isSynced()) {
      end(begun, last, lastTimestamp);
    }
  }

  /** Begins a new active segment; false when that can't be done. */
  private boolean rollOver(Segment active, long last, long lastTimestamp) {
    try {
      segments.add(segments.create(active.number + 1, last + 1, lastTimestamp));
    } catch (IOException e) {
      logger.warn(
          "Can't begin a segment in {}, going on with {}", segments.directory(), active.path, e);
      return false;
    }
    segments.note(last, lastTimestamp);
    active.rewriteBelow = active.size / 2;
    return true;
  }

  /** Discards the oldest segments without messages: nothing else of them is needed. */
  private boolean discardEmpty(long last, long lastTimestamp) {
    int empty = 0;
    while (empty < segments.size() - 1 && segments.get(empty).live == 0) {
      empty++;
    }
    discard(segments.first(empty), last, lastTimestamp);
    return empty > 0;
  }

  /**
   * Gives room back on a disk that has none.
   *
   * @return whether there is some now
   */
  boolean makeRoom(MessageIndex index, long last, long lastTimestamp) {
    boolean isMade = discardEmpty(last, lastTimestamp);
    for (int i = segments.size() - 1; i >= 0; i--) {
      isMade |= compact(segments.get(i), index, last, lastTimestamp);
    }
    lacksRoom = !isMade;
    return isMade;
  }

  private boolean compact(Segment segment, MessageIndex index, long last, long lastTimestamp) {
    if (segment.isDamaged || segment.dead <= segment.compactAbove) {
      return false;
    }
    boolean isActive = segment == segments.active();
    try {
      abandon(segment);
      if (new InPlaceCompaction(segments, segment, index).run(isActive ? last : 0, lastTimestamp)) {
        segment.compactAbove = 0;
        return true;
      }
    } catch (IOException e) {
      logger.warn("Can't make {} smaller", segment.path, e);
    }
    segment.compactAbove =
        segment.dead + segment.dead / 4 + 16; // else it is tried for each message
    return false;
  }

  /** Ends what is going on, if it can be ended; true when there is something. */
  private boolean goOn(long last, long lastTimestamp) {
    SegmentCompaction rewriting = rewrite;
    DigestWriter making = digesting;
    if (rewriting == null && making == null) {
      return false;
    }
    needed = true; // perhaps there are more
    if (rewriting != null && rewriting.isSynced()) {
      end(rewriting, last, lastTimestamp);
    }
    if (making != null && making.isMade()) {
      digesting = null;
      making.finish();
    }
    return true;
  }

  private void begin(MessageIndex index, long last, long lastTimestamp) {
    for (int i = 0; i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      if (wantsRewrite(segment)) {
        needed = true;
        beginRewrite(segment, index, last, lastTimestamp);
        return;
      }
    }
    for (int i = 0; i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      if (!segment.digested && !segment.staysUndigested && !segment.isDamaged) {
        needed = true;
        DigestWriter begun = new DigestWriter(segments, segment);
        if (execute(begun::make, segment)) {
          digesting = begun;
        } else {
          needed = false;
        }
        return;
      }
    }
  }

  private boolean wantsRewrite(Segment segment) {
    return !segment.isDamaged
        && (segment.liveBytes < segment.rewriteBelow
            || (segment.live == 0 && segment.dead > 0)
            || (compress && !segment.isCompressed() && !segment.staysPlain));
  }

  private boolean execute(Runnable work, Segment segment) {
    try {
      segments.syncer().execute(work);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      logger.debug("The server is closing, or has no thread: {} stays as it is", segment.path, e);
      return false;
    }
  }

  // --- copies ---

  private SegmentCompaction newRewrite(Segment segment, MessageIndex index, long without) {
    return new SegmentCompaction(
        segments, segment, index, without, compress || segment.isCompressed());
  }

  private void beginRewrite(Segment segment, MessageIndex index, long last, long lastTimestamp) {
    SegmentCompaction begun = newRewrite(segment, index, 0);
    try {
      begun.write();
    } catch (IOException e) {
      if (!compact(segment, index, last, lastTimestamp)) {
        leaveAsIs(segment, e);
      }
      return;
    }
    rewrite = begun;
    if (!execute(begun::sync, segment)) {
      abandon(segment);
    }
  }

  private void end(SegmentCompaction ended, long last, long lastTimestamp) {
    rewrite = null;
    Segment segment = ended.segment();
    try {
      finish(ended);
      int which = segments.indexOf(segment);
      if (segment.size == Segment.HEADER && (which == 0 || !segment.truncates)) {
        discard(List.of(segment), last, lastTimestamp);
      }
    } catch (IOException e) {
      leaveAsIs(segment, e);
    }
  }

  private void finish(SegmentCompaction ended) throws IOException {
    StoreFile old = ended.segment().file();
    try {
      segments.changed(ended.segment());
    } catch (IOException e) {
      ended.abandon();
      throw e;
    }
    ended.finish();
    segments.cache().forget(ended.segment());
    segments.syncer().closed(old);
    segments.syncer().renamed(segments.directory());
  }

  /** Copies a compressed segment without one message, at once. */
  void copyWithout(Segment segment, long sequence, MessageIndex index) throws IOException {
    SegmentCompaction without = newRewrite(segment, index, sequence);
    without.write();
    without.sync();
    finish(without);
  }

  private static void leaveAsIs(Segment segment, IOException e) {
    logger.warn("Can't rewrite {}, which stays as it is", segment.path, e);
    segment.rewriteBelow = segment.liveBytes / 2;
    segment.staysPlain = true;
  }

  private void discard(List<Segment> unneeded, long last, long lastTimestamp) {
    if (!unneeded.isEmpty()) {
      unneeded.forEach(this::abandon);
      segments.discard(unneeded, last, lastTimestamp);
    }
  }

  /** Takes all segments away but the active one. */
  void discardOld(long last, long lastTimestamp) {
    discard(segments.first(segments.size() - 1), last, lastTimestamp);
  }

  /** Gives up what is going on, if it is about this segment, or null for any. */
  void abandon(@Nullable Segment about) {
    SegmentCompaction rewriting = rewrite;
    if (rewriting != null && (about == null || rewriting.segment() == about)) {
      rewrite = null;
      rewriting.abandon();
      needed = true;
    }
    DigestWriter making = digesting;
    if (making != null && (about == null || making.segment() == about)) {
      digesting = null;
      making.abandon();
      needed = true;
    }
  }

  /** Ends what can be ended, and gives up the rest. */
  void close() {
    DigestWriter making = digesting;
    if (making != null && making.isMade()) {
      digesting = null;
      making.finish();
    }
    abandon(null);
  }
}
