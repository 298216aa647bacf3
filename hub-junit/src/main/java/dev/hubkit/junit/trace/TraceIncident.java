package dev.hubkit.junit.trace;

import org.jspecify.annotations.Nullable;

/**
 * Something in a trace that is no entry of the journal.
 *
 * @param after the number of the entry of the journal that it follows
 * @param hubNanos the time of the hub, in nanoseconds since the epoch
 * @param realNanos the machine's, by {@link System#nanoTime()}
 * @param account that of the stream; empty for none
 * @param stream the stream; empty for none
 * @param sequence the sequence of the message; 0 for none
 * @param text the subject that a stored message was published on, otherwise what happened
 * @param reply the reply subject of a stored message; null for none
 */
record TraceIncident(
    Kind kind,
    long after,
    long hubNanos,
    long realNanos,
    String account,
    String stream,
    long sequence,
    String text,
    @Nullable String reply) {

  /** What it is. */
  enum Kind {
    STORED,
    REMOVED,
    FAULT,
    FAULT_END,
    CRASH,
    RECOVERY,
    REWIND
  }
}
