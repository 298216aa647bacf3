package dev.hubkit.nats.jetstream.store;

/** Hears, in the order of the log, what its records say. */
interface Replay {
  /** A segment begins. */
  void segment(long base, long baseTimestamp);

  /** A message; its record starts at {@code at} of {@code buffer}. */
  void message(byte[] buffer, int at, int length, int position);

  void removed(long sequence);

  void skipped(long last, long timestamp);

  void removedBelow(long first, long last, long timestamp);

  void removedAbove(long last, long timestamp);

  void cleared(long first, long last, long timestamp);

  /** The highest sequence so far; a message must have a higher one. */
  long last();

  /** The time of the last sequence. */
  long lastTimestamp();

  /** Bytes that are no records were found. */
  void damaged(long messages, long bytes);
}
