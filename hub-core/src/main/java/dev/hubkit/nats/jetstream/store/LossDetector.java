package dev.hubkit.nats.jetstream.store;

import java.util.BitSet;
import java.util.TreeMap;

/**
 * Finds out which messages of lost segments were still there: those that their digests tell of, and
 * that nothing later in the log removes. Passes on what it hears.
 */
final class LossDetector implements LogVisitor {
  private final LogVisitor replay;
  // By the lowest sequence of each segment, the messages, as offsets to it.
  private final TreeMap<Long, BitSet> segments = new TreeMap<>();

  LossDetector(LogVisitor replay) {
    this.replay = replay;
  }

  /** A segment is lost, wholly or in part, of which this is left: what is not read then is lost. */
  void add(SegmentDigest digest) {
    digest.replay(new Collector(digest.header().base(), false));
  }

  /** Has gone what a digest says is gone, as the segment may no longer say so. */
  void remove(SegmentDigest digest) {
    digest.replay(new Collector(digest.header().base(), true));
  }

  /** Reports what is lost; at the end. */
  void report() {
    segments.forEach(
        (base, found) -> {
          for (int from = found.nextSetBit(0); from >= 0; ) {
            int to = found.nextClearBit(from);
            replay.damaged(base + from, to - from, 0);
            from = found.nextSetBit(to);
          }
        });
  }

  private void forget(long from, long to) {
    segments.forEach(
        (base, found) -> {
          long low = Math.max(0, from - base);
          long high = Math.min(found.length(), to - base);
          if (low < high) {
            found.clear((int) low, (int) high);
          }
        });
  }

  @Override
  public void segment(long base, long baseTimestamp) {
    replay.segment(base, baseTimestamp);
  }

  @Override
  public void messages(RecordView view) {
    forget(view.sequence, view.last() + 1);
    replay.messages(view);
  }

  @Override
  public void removed(long sequence) {
    forget(sequence, sequence + 1);
    replay.removed(sequence);
  }

  @Override
  public void skipped(long last, long timestamp) {
    replay.skipped(last, timestamp);
  }

  @Override
  public void removedBelow(long first, long last, long timestamp) {
    forget(0, first);
    replay.removedBelow(first, last, timestamp);
  }

  @Override
  public void removedAbove(long last, long timestamp) {
    forget(last + 1, Long.MAX_VALUE);
    replay.removedAbove(last, timestamp);
  }

  @Override
  public void cleared(long first, long last, long timestamp) {
    forget(0, last + 1);
    replay.cleared(first, last, timestamp);
  }

  @Override
  public long last() {
    return replay.last();
  }

  @Override
  public long lastTimestamp() {
    return replay.lastTimestamp();
  }

  @Override
  public void damaged(long first, long messages, long bytes) {
    replay.damaged(first, messages, bytes);
  }

  /** Hears what the digest of a lost segment says: notes its messages, or removes others. */
  private final class Collector implements LogVisitor {
    private final long base;
    private final BitSet found = new BitSet();
    private long last;

    private final boolean removes;

    Collector(long base, boolean removes) {
      this.base = base;
      this.removes = removes;
      if (!removes) {
        segments.put(base, found);
      }
    }

    @Override
    public void segment(long segmentBase, long baseTimestamp) {}

    @Override
    public void messages(RecordView view) {
      long offset = view.sequence - base;
      if (offset >= 0 && offset + view.count < Integer.MAX_VALUE) {
        found.set((int) offset, (int) offset + view.count);
      }
      last = view.last();
    }

    @Override
    public void removed(long sequence) {
      forget(sequence, sequence + 1);
      if (removes) {
        replay.removed(sequence);
      }
    }

    @Override
    public void skipped(long upTo, long timestamp) {
      last = Math.max(last, upTo);
      if (removes) {
        replay.skipped(upTo, timestamp);
      }
    }

    @Override
    public void removedBelow(long first, long upTo, long timestamp) {
      forget(0, first);
      if (removes) {
        replay.removedBelow(first, upTo, timestamp);
      }
    }

    @Override
    public void removedAbove(long upTo, long timestamp) {}

    @Override
    public void cleared(long first, long upTo, long timestamp) {
      found.clear();
    }

    @Override
    public long last() {
      return last;
    }

    @Override
    public long lastTimestamp() {
      return 0;
    }

    @Override
    public void damaged(long first, long messages, long bytes) {}
  }
}
