package dev.hubkit.nats.jetstream.store;

import java.util.BitSet;
import java.util.TreeMap;

/**
 * Finds out which messages of lost segments still existed: those that a digest lists and that
 * nothing later in the log removes. Passes everything on to another visitor.
 */
final class LossDetector implements LogVisitor {
  private final LogVisitor visitor;
  // By the lowest sequence of each segment, the messages, as offsets to it.
  private final TreeMap<Long, BitSet> segments = new TreeMap<>();

  LossDetector(LogVisitor visitor) {
    this.visitor = visitor;
  }

  /** Notes a segment that is lost, wholly or in part: messages that are not read later are lost. */
  void add(SegmentDigest digest) {
    digest.replay(new Collector(digest.header().base(), false));
  }

  /** Removes what a digest says is gone, as the segment may no longer say so. */
  void remove(SegmentDigest digest) {
    digest.replay(new Collector(digest.header().base(), true));
  }

  /** Reports which messages are lost. To be called at the end. */
  void report() {
    segments.forEach(
        (base, found) -> {
          for (int from = found.nextSetBit(0); from >= 0; ) {
            int to = found.nextClearBit(from);
            visitor.damaged(base + from, to - from, 0);
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
    visitor.segment(base, baseTimestamp);
  }

  @Override
  public void messages(RecordView view) {
    forget(view.sequence, view.last() + 1);
    visitor.messages(view);
  }

  @Override
  public void removed(long sequence) {
    forget(sequence, sequence + 1);
    visitor.removed(sequence);
  }

  @Override
  public void skipped(long last, long timestamp) {
    visitor.skipped(last, timestamp);
  }

  @Override
  public void removedBelow(long first, long last, long timestamp) {
    forget(0, first);
    visitor.removedBelow(first, last, timestamp);
  }

  @Override
  public void removedAbove(long last, long timestamp) {
    forget(last + 1, Long.MAX_VALUE);
    visitor.removedAbove(last, timestamp);
  }

  @Override
  public void cleared(long first, long last, long timestamp) {
    forget(0, last + 1);
    visitor.cleared(first, last, timestamp);
  }

  @Override
  public long last() {
    return visitor.last();
  }

  @Override
  public long lastTimestamp() {
    return visitor.lastTimestamp();
  }

  @Override
  public void damaged(long first, long messages, long bytes) {
    visitor.damaged(first, messages, bytes);
  }

  /** Visits the digest of a lost segment: notes its messages, or removes others. */
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
        visitor.removed(sequence);
      }
    }

    @Override
    public void skipped(long upTo, long timestamp) {
      last = Math.max(last, upTo);
      if (removes) {
        visitor.skipped(upTo, timestamp);
      }
    }

    @Override
    public void removedBelow(long first, long upTo, long timestamp) {
      forget(0, first);
      if (removes) {
        visitor.removedBelow(first, upTo, timestamp);
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
