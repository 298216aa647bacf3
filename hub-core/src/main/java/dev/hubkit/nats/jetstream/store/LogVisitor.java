package dev.hubkit.nats.jetstream.store;

/** Visits what the records of a log say, in their order. */
interface LogVisitor {
  /** A segment begins. */
  void segment(long base, long baseTimestamp);

  /**
   * Visits a message, or several that are alike, none of which has a time to live.
   *
   * @param messages good until this returns. When the last message of a segment has no time, {@link
   *     #skipped} has it
   */
  void messages(RecordView messages);

  void removed(long sequence);

  /**
   * Sequences up to this one were given out, and when the last one was; no news if a higher one
   * was.
   *
   * @param timestamp 0 for the time of the sequence before
   */
  void skipped(long last, long timestamp);

  void removedBelow(long first, long last, long timestamp);

  void removedAbove(long last, long timestamp);

  void cleared(long first, long last, long timestamp);

  /** The highest sequence so far; a message must have a higher one. */
  long last();

  /** The time of the last sequence. */
  long lastTimestamp();

  /**
   * Bytes that are no records were found.
   *
   * @param first the first of the sequences that they may have been about, if there are any
   */
  void damaged(long first, long messages, long bytes);
}
