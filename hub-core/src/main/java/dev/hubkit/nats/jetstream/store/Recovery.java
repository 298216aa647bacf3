package dev.hubkit.nats.jetstream.store;

/** Builds the indexes of a stream from what its log says. */
final class Recovery implements LogVisitor {
  private final FileLog log;
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final LostMessages losses;

  Recovery(FileLog log, StreamIndexes contents, LostMessages losses) {
    this.log = log;
    this.contents = contents;
    this.losses = losses;
    index = contents.index;
  }

  @Override
  public void segment(long base, long baseTimestamp) {
    skipped(base - 1, baseTimestamp);
  }

  @Override
  public void message(
      long sequence,
      byte[] text,
      int subjectOffset,
      int subjectLength,
      int headerLength,
      int payloadLength,
      int position,
      long timestamp,
      long ttl) {
    int size = (int) log.sizeOf(subjectLength, headerLength, payloadLength);
    int node = contents.subjects.add(text, subjectOffset, subjectLength, sequence);
    contents.enter(sequence, node, size, headerLength > 0, position, null);
    contents.date(sequence, timestamp, ttl);
    log.replayed(1, size);
  }

  @Override
  public void alike(
      long first,
      int count,
      byte[] text,
      int subjectOffset,
      int subjectLength,
      int headerLength,
      int payloadLength,
      int position) {
    int size = (int) log.sizeOf(subjectLength, headerLength, payloadLength);
    int length = LogRecord.SUBJECT + subjectLength + headerLength + payloadLength;
    int node = contents.subjects.add(text, subjectOffset, subjectLength, first, count);
    contents.enterAlike(first, count, node, size, headerLength > 0, position, length);
    log.replayed(count, (long) count * size);
  }

  @Override
  public void removed(long sequence) {
    if (index.contains(sequence)) {
      contents.forget(sequence);
    }
  }

  @Override
  public void skipped(long upTo, long timestamp) {
    if (upTo > contents.last) {
      contents.skipTo(upTo, timestamp);
    } else if (upTo == contents.last && timestamp != 0) {
      contents.lastTimestamp = timestamp; // the message itself may be gone from the log
    }
  }

  @Override
  public void removedBelow(long newFirst, long recordedLast, long timestamp) {
    skipped(recordedLast, timestamp);
    for (long at = index.next(0); at != 0 && at < newFirst; at = index.next(at + 1)) {
      contents.forget(at);
    }
    if (index.count() == 0) {
      contents.first = Math.max(contents.first, Math.min(newFirst, contents.last + 1));
    }
  }

  @Override
  public void removedAbove(long newLast, long timestamp) {
    contents.forgetAbove(newLast);
    contents.last = newLast;
    contents.lastTimestamp = timestamp;
    if (index.count() == 0) {
      contents.first = newLast + 1;
    }
    contents.expiries.truncated(newLast);
  }

  @Override
  public void cleared(long newFirst, long newLast, long timestamp) {
    for (long at = index.next(0); at != 0; at = index.next(at + 1)) {
      contents.forget(at);
    }
    contents.first = newFirst;
    contents.last = Math.max(contents.last, newLast);
    contents.lastTimestamp = timestamp;
    contents.expiries.clear();
  }

  @Override
  public long last() {
    return contents.last;
  }

  @Override
  public long lastTimestamp() {
    return contents.lastTimestamp;
  }

  @Override
  public void damaged(long first, long messages, long damagedBytes) {
    losses.add(first, messages, damagedBytes);
  }
}
