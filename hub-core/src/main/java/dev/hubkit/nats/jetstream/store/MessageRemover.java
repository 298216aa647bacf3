package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/** Removes messages from a stream, records that they are gone, and notifies a listener. */
final class MessageRemover {
  private final RecordLog log;
  private final StreamIndexes contents;
  private @Nullable RemovalListener listener;
  private boolean headMoved; // the oldest messages have gone, and no record says so yet

  MessageRemover(RecordLog log, StreamIndexes contents) {
    this.log = log;
    this.contents = contents;
  }

  void onRemoval(@Nullable RemovalListener newListener) {
    listener = newListener;
  }

  /** Removes one message, and records that. */
  void drop(long sequence) {
    record(sequence);
    forget(sequence);
  }

  /** Records that a message goes; the caller takes it out of the index. */
  void record(long sequence) {
    if (sequence == contents.first) {
      headMoved = true; // one record covers all that go before the next flush
    } else {
      log.remove(sequence);
    }
  }

  /**
   * Records which of the oldest messages have gone, if any have.
   *
   * @param safeLast the last sequence that is safe
   * @param safeLastTimestamp its time
   */
  void recordHead(long safeLast, long safeLastTimestamp) {
    if (headMoved) {
      log.removeBelow(Math.min(contents.first, safeLast + 1), safeLast, safeLastTimestamp);
      headMoved = false;
    }
  }

  /** Notes that another record says what has gone. */
  void recorded() {
    headMoved = false;
  }

  /** Takes a message out of the index that is gone from the log. */
  void forget(long sequence) {
    RemovalListener current = listener;
    if (current == null) {
      contents.forget(sequence);
    } else {
      String subject = contents.subjects.subject(contents.index.subject(sequence));
      int size = contents.index.size(sequence);
      contents.forget(sequence);
      current.removed(sequence, subject, size);
    }
  }

  /** Notifies the listener that many messages have gone at once. */
  void notifyRemovals(long messages, long bytes) {
    RemovalListener current = listener;
    if (current != null && messages > 0) {
      current.removedMany(messages, bytes);
    }
  }
}
