package dev.hubkit.nats.jetstream.store;

import java.io.IOException;

/**
 * What a log goes on with whose end is cut or lost. It is recorded in one step, and safe before
 * anything else says that the end is whole: else an end of the process in between would let the
 * next start assign sequences that were assigned before.
 *
 * @param first the messages below this sequence are gone, which the lost end may have said; 0 for
 *     none
 * @param last the last sequence that was read
 * @param lastTimestamp its timestamp
 * @param next the last sequence that may have been assigned
 * @param nextTimestamp the timestamp that stands for it
 */
record LogEnd(long first, long last, long lastTimestamp, long next, long nextTimestamp) {

  /** The end of a log of which all is there. */
  static LogEnd whole(long last, long timestamp) {
    return new LogEnd(0, last, timestamp, last, timestamp);
  }

  /** Whether there is nothing to be recorded. */
  boolean isWhole() {
    return first == 0 && next == last;
  }

  /** Records it in a segment, in the place of all that is behind the bytes that count. */
  void mend(Segment segment) throws IOException {
    LogBuffer records = new LogBuffer();
    putRemoval(records, segment);
    if (next > last) {
      records.put(segment.salt, LogRecord.SKIP, next, 1, nextTimestamp, 0);
    }
    segment.file().truncate(segment.size);
    write(records, segment);
  }

  /**
   * Begins a segment that says it.
   *
   * @return the segment, which the caller adds
   */
  Segment begin(Segments segments, int number) throws IOException {
    if (isWhole()) {
      return segments.create(number, next + 1, nextTimestamp);
    }
    Segment begun = segments.createAside(number, next + 1, nextTimestamp);
    LogBuffer records = new LogBuffer();
    putRemoval(records, begun);
    write(records, begun);
    segments.putInPlace(begun);
    segments.disk().sync(segments.directory());
    return begun;
  }

  private void putRemoval(LogBuffer records, Segment segment) {
    if (first > 0) {
      records.put(segment.salt, LogRecord.REMOVE_BELOW, first, 2, last, lastTimestamp);
    }
  }

  private void write(LogBuffer records, Segment segment) throws IOException {
    int length = records.end(segment.salt, next, segment.size);
    segment.file().write(records.bytes(), 0, length, segment.size, LogRecord.END_LENGTH);
    segment.file().sync();
    segment.size += records.length();
  }
}
