package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/** Builds the indexes of a stream from what its log says. */
final class Recovery implements LogVisitor {
  private final FileLog log;
  private final StreamIndexes contents;
  private final MessageIndex index;
  private final LostMessages losses;
  // By the number of a subject in a digest, its number in the index, and when that was so.
  private int[] numbers = new int[16];
  private int[] generations = new int[16];

  Recovery(FileLog log, StreamIndexes contents, LostMessages losses) {
    this.log = log;
    this.contents = contents;
    this.losses = losses;
    index = contents.index;
  }

  @Override
  public void segment(long base, long baseTimestamp) {
    skipped(base - 1, baseTimestamp);
    Arrays.fill(numbers, 0); // they were of the subjects of another digest
  }

  @Override
  public void messages(RecordView view) {
    int size = (int) log.sizeOf(view.subjectLength, view.headerLength, view.payloadLength);
    int node = numberOf(view);
    contents.subjects.add(node, view.sequence, view.count);
    if (view.count == 1) {
      contents.enter(view.sequence, node, size, view.hasHeader(), view.position, null);
      contents.date(view.sequence, view.timestamp, view.ttl);
    } else {
      contents.enterAlike(view, node, size);
    }
    log.replayed(view.count, (long) view.count * size);
  }

  /** The number of the subject in the index, which is known when its digest has told it before. */
  private int numberOf(RecordView view) {
    SubjectIndex subjects = contents.subjects;
    int subject = view.subject;
    if (subject < 0) {
      return subjects.prepare(view.bytes, view.subjectOffset, view.subjectLength);
    }
    if (subject >= numbers.length) {
      numbers = Arrays.copyOf(numbers, subject * 2);
      generations = Arrays.copyOf(generations, subject * 2);
    }
    // Numbers by which nothing is known are 0, which is that of no subject.
    if (numbers[subject] == 0 || generations[subject] != subjects.generation()) {
      numbers[subject] = subjects.prepare(view.bytes, view.subjectOffset, view.subjectLength);
      generations[subject] = subjects.generation();
    }
    return numbers[subject];
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
