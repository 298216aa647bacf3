package dev.hubkit.nats.jetstream.store;

/** Tells which records of a segment are needed, and which are about what is gone. */
final class NeededRecords {
  private final Segments segments;
  private final int which;
  private final MessageIndex index;

  NeededRecords(Segments segments, Segment segment, MessageIndex index) {
    this.segments = segments;
    this.which = segments.indexOf(segment);
    this.index = index;
  }

  /** Whether the record that a scanner is at is needed. */
  boolean has(SegmentScanner scanner) {
    byte[] bytes = scanner.buffer();
    int at = scanner.at();
    long sequence = LogRecord.sequence(bytes, at);
    return switch (bytes[at + LogRecord.TYPE]) {
      case LogRecord.MESSAGE -> hasMessage(sequence, scanner.position());
      case LogRecord.REMOVE -> isInOlderSegment(sequence);
      case LogRecord.REMOVE_BELOW, LogRecord.CLEAR -> which > 0;
      // What was skipped follows from the base of the next segment.
      default -> false;
    };
  }

  /** Whether the message at this position is the one of its sequence, and is there. */
  boolean hasMessage(long sequence, int position) {
    return index.contains(sequence)
        && index.position(sequence) == position
        && segments.covers(which, sequence);
  }

  /** Whether an older segment may still have the record of a message that is gone. */
  private boolean isInOlderSegment(long sequence) {
    for (int i = 0; i < which; i++) {
      if (segments.get(i).dead > 0 && segments.covers(i, sequence)) {
        return true;
      }
    }
    return false;
  }
}
