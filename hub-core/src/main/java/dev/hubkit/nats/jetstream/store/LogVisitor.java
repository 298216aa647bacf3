package dev.hubkit.nats.jetstream.store;

/** Hears, in the order of the log, what its records say. */
interface LogVisitor {
  /** A segment begins. */
  void segment(long base, long baseTimestamp);

  /**
   * A message.
   *
   * @param text holds the bytes of its subject
   * @param position where its record is in the segment
   * @param timestamp {@link SegmentDigest#UNKNOWN_TIME} if it must be read from the record; never
   *     for one that has a time to live. Of the last message of a segment {@link #skipped} tells it
   *     then
   */
  void message(
      long sequence,
      byte[] text,
      int subjectOffset,
      int subjectLength,
      int headerLength,
      int payloadLength,
      int position,
      long timestamp,
      long ttl);

  /**
   * Messages one right after the other, in the log and in their sequences, that differ in nothing
   * else: none has a time to live, and their times are unknown.
   *
   * @param position where the record of the first one is; the others follow without a gap
   */
  void alike(
      long first,
      int count,
      byte[] text,
      int subjectOffset,
      int subjectLength,
      int headerLength,
      int payloadLength,
      int position);

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
