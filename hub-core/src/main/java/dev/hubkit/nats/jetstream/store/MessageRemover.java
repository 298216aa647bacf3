package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/** Takes messages out of a stream, puts it on the record, and tells who wants to hear of it. */
final class MessageRemover {
  private final RecordLog log;
  private final StreamIndexes contents;
  private @Nullable RemovalListener listener;
  private boolean headMoved; // the oldest messages went, which is not yet on the record

  MessageRemover(RecordLog log, StreamIndexes contents) {
    this.log = log;
    this.contents = contents;
  }

  void onRemoval(@Nullable RemovalListener hears) {
    listener = hears;
  }

  /** Removes one message, on the record. */
  void drop(long sequence) {
    record(sequence);
    forget(sequence);
  }

  /** Puts on the record that a message goes, which its caller sees to. */
  void record(long sequence) {
    if (sequence == contents.first) {
      headMoved = true; // one record tells of all that go before the next flush
    } else {
      log.remove(sequence);
    }
  }

  /**
   * Puts on the record which messages at the head have gone, if any did.
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

  /** All that went is on the record otherwise. */
  void recorded() {
    headMoved = false;
  }

  /** Takes a message out that is gone from the log. */
  void forget(long sequence) {
    RemovalListener hears = listener;
    if (hears == null) {
      contents.forget(sequence);
    } else {
      String subject = contents.subjects.subject(contents.index.subject(sequence));
      int size = contents.index.size(sequence);
      contents.forget(sequence);
      hears.removed(sequence, subject, size);
    }
  }

  /** Tells that so many messages have gone at once. */
  void tell(long messages, long bytes) {
    RemovalListener hears = listener;
    if (hears != null && messages > 0) {
      hears.removedMany(messages, bytes);
    }
  }
}
