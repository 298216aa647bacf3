package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/** Reads the records of a {@link SegmentDigest}, and has a visitor visit what they say. */
final class DigestReader {
  private final byte[] bytes;
  private final LogVisitor visitor;
  private final RecordView view = new RecordView();
  private int at;
  private int position = Segment.HEADER; // in the segment
  private int length; // of the record of the last message
  private long expected; // the sequence that comes next when nothing is said
  private int[] subjectStarts = new int[16];
  private int[] subjectLengths = new int[16];
  private int subjects;

  /** Reads what begins at {@code offset}. */
  DigestReader(byte[] bytes, int offset, LogVisitor visitor) {
    this.bytes = bytes;
    this.visitor = visitor;
    at = offset;
    view.bytes = bytes;
  }

  void run() {
    while (at < bytes.length) {
      int flags = bytes[at++];
      long sequence = (flags & SegmentDigest.JUMP) == 0 ? expected : expected + signed();
      int type = flags & SegmentDigest.TYPE;
      if (type == LogRecord.MESSAGE) {
        message(flags, sequence);
      } else {
        other(type, sequence);
      }
    }
  }

  /** Reads a message, and those behind it that are alike. */
  private void message(int flags, long sequence) {
    view.sequence = sequence;
    view.position = position;
    int count = 1;
    boolean hasTimes = (flags & SegmentDigest.TIMES) != 0;
    view.ttl = hasTimes ? signed() : 0;
    view.timestamp = hasTimes ? signed() : RecordView.UNKNOWN_TIME;
    boolean isNew = sequence > visitor.last();
    if ((flags & SegmentDigest.ALIKE) == 0) {
      int subject = (flags & SegmentDigest.NEW_SUBJECT) == 0 ? (int) number() : newSubject();
      view.subject = subject;
      view.subjectOffset = subjectStarts[subject];
      view.subjectLength = subjectLengths[subject];
      view.headerLength = (int) number();
      view.payloadLength = (int) number();
      length = view.length();
    } else if (flags == (LogRecord.MESSAGE | SegmentDigest.ALIKE) && isNew) {
      count += repeats((byte) flags);
    }
    if (isNew) {
      view.count = count;
      visitor.messages(view);
    }
    position += count * length;
    expected = sequence + count;
  }

  private void other(int type, long sequence) {
    switch (type) {
      case LogRecord.ERASED -> {
        position += (int) number();
        visitor.skipped(sequence, signed());
        expected = sequence + 1;
      }
      case LogRecord.REMOVE -> {
        position += LogRecord.BODY;
        visitor.removed(sequence);
      }
      case LogRecord.SKIP -> {
        position += LogRecord.BODY + 8;
        visitor.skipped(sequence, signed());
      }
      case LogRecord.END -> {
        position += LogRecord.END_LENGTH;
        signed();
      }
      case LogRecord.REMOVE_BELOW -> {
        position += LogRecord.BODY + 16;
        long last = signed();
        visitor.removedBelow(sequence, last, signed());
      }
      case LogRecord.CLEAR -> {
        position += LogRecord.BODY + 16;
        long last = signed();
        visitor.cleared(sequence, last, signed());
      }
      default -> throw new IllegalStateException("type " + type);
    }
  }

  /** Passes over the bytes from here on that are this one; returns how many they are. */
  private int repeats(byte same) {
    int from = at;
    while (at < bytes.length && bytes[at] == same) {
      at++;
    }
    return at - from;
  }

  private int newSubject() {
    if (subjects == subjectStarts.length) {
      subjectStarts = Arrays.copyOf(subjectStarts, subjects * 2);
      subjectLengths = Arrays.copyOf(subjectLengths, subjects * 2);
    }
    int length = (int) number();
    subjectStarts[subjects] = at;
    subjectLengths[subjects] = length;
    at += length;
    return subjects++;
  }

  private long signed() {
    long value = number();
    return (value >>> 1) ^ -(value & 1);
  }

  private long number() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte part = bytes[at++];
      value |= (part & 0x7FL) << shift;
      if (part >= 0) {
        return value;
      }
    }
  }
}
