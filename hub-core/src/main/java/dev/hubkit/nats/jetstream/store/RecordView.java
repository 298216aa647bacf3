package dev.hubkit.nats.jetstream.store;

/**
 * A message as recovery meets it in a segment or its digest, or several that differ in nothing but
 * their sequences. It is a view that its owner moves from message to message: a visitor that wants
 * to keep something copies it.
 */
final class RecordView {
  /** The time of a message whose digest does not have it. */
  static final long UNKNOWN_TIME = Long.MIN_VALUE;

  /** The sequence, of several messages the lowest. */
  long sequence;

  /** How many messages there are, with sequences one after the other. */
  int count = 1;

  /** Holds the bytes of the subject. */
  byte[] bytes = {};

  /** The number of the subject in the digest that is read; negative when it has none. */
  int subject = -1;

  int subjectOffset;
  int subjectLength;
  int headerLength;
  int payloadLength;

  /** Where the record is in the segment; those of further messages follow without a gap. */
  int position;

  /** When it was stored; {@link #UNKNOWN_TIME} when that must be read from the record. */
  long timestamp;

  /** Its time to live; 0 when the time is unknown. */
  long ttl;

  /** Shows the message whose record is at {@code at} in an array, and there in the segment. */
  void show(byte[] from, int at, int recordLength, int recordPosition) {
    bytes = from;
    sequence = LogRecord.sequence(from, at);
    subject = -1;
    subjectOffset = at + LogRecord.SUBJECT;
    subjectLength = LogRecord.getShort(from, at + LogRecord.SUBJECT_LENGTH);
    headerLength = LogRecord.getInt(from, at + LogRecord.HEADER_LENGTH);
    payloadLength = recordLength - LogRecord.SUBJECT - subjectLength - headerLength;
    position = recordPosition;
    timestamp = LogRecord.getLong(from, at + LogRecord.TIMESTAMP);
    ttl = LogRecord.getLong(from, at + LogRecord.TTL);
  }

  /** The highest sequence. */
  long last() {
    return sequence + count - 1;
  }

  boolean hasHeader() {
    return headerLength > 0;
  }

  /** The length of one record. */
  int length() {
    return LogRecord.SUBJECT + subjectLength + headerLength + payloadLength;
  }
}
