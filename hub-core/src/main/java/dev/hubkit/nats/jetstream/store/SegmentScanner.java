package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.util.zip.CRC32C;

/** Reads the records of a segment one after the other, and skips damaged ones. */
final class SegmentScanner {
  private static final int CHUNK = 1024 * 1024;

  private final Segment.View segment;
  private final CRC32C checksum = new CRC32C();
  private byte[] buffer;
  private int bufferStart; // position in the file of buffer[0]
  private int bufferLength;
  private int position;
  private int recordLength;
  private int damagedFrom = -1;

  SegmentScanner(Segment.View segment) {
    this(segment, Segment.HEADER);
  }

  /** Begins at the record that is at this position. */
  SegmentScanner(Segment.View segment, int position) {
    this.segment = segment;
    this.position = position;
    buffer = new byte[Math.max(LogRecord.SUBJECT, Math.min(CHUNK, segment.size() - position))];
  }

  /**
   * Goes to the next whole record; false at the end. Bytes that are not a record are passed over;
   * {@link #damagedFrom} says where they begin.
   */
  boolean next() throws IOException {
    position += recordLength;
    damagedFrom = -1;
    while (position < segment.size()) {
      int length = wholeRecord();
      if (length > 0) {
        recordLength = length;
        return true;
      }
      if (damagedFrom < 0) {
        damagedFrom = position;
        // When only the content is damaged the next record is where the length says.
        int claimed = claimedLength();
        if (claimed > 0 && position + claimed < segment.size()) {
          position += claimed;
          if (wholeRecord() > 0) {
            continue;
          }
          position -= claimed;
        }
      }
      position++;
    }
    recordLength = 0;
    return false;
  }

  /**
   * Whether what begins at a position, and is no record, looks like one whose writing was cut
   * short: it says that it goes on behind the end of the file, or nothing of it was written.
   */
  boolean endsWithin(int from) throws IOException {
    position = from;
    recordLength = 0;
    int length = claimedLength();
    if (length > segment.size() - from || segment.size() - from < LogRecord.PREFIX) {
      return true;
    }
    for (int at = from; at < segment.size(); at++) {
      position = at;
      if (!fill(1) || buffer[at()] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Where the damage before the current record (or the end) starts; negative for none. */
  int damagedFrom() {
    return damagedFrom;
  }

  /** Where the current record starts in the file. */
  int position() {
    return position;
  }

  /** The length of the current record. */
  int length() {
    return recordLength;
  }

  /** The bytes that hold the current record. */
  byte[] buffer() {
    return buffer;
  }

  /** Where the current record starts in {@link #buffer}. */
  int at() {
    return position - bufferStart;
  }

  private int claimedLength() throws IOException {
    return fill(LogRecord.PREFIX) ? LogRecord.length(buffer, at()) : -1;
  }

  private int wholeRecord() throws IOException {
    int length = claimedLength();
    if (length < 0 || length > segment.size() - position || !fill(LogRecord.BODY)) {
      return -1;
    }
    // Among bytes that are no records many seem to be long ones, which are not to be read in vain.
    if (buffer[at() + LogRecord.TYPE] == LogRecord.CLEAR && position != Segment.HEADER) {
      return -1; // what clears is always written over all else
    }
    if (!fill(Math.min(length, LogRecord.SUBJECT)) || !LogRecord.isLikely(buffer, at(), length)) {
      return -1;
    }
    return fill(length) && LogRecord.isWhole(buffer, at(), length, segment.salt(), checksum)
        ? length
        : -1;
  }

  /** Loads bytes from the position on into the buffer; false when the file ends before. */
  private boolean fill(int length) throws IOException {
    if (length > segment.size() - position) {
      return false;
    }
    if (position >= bufferStart && position + length <= bufferStart + bufferLength) {
      return true;
    }
    if (length > buffer.length) {
      buffer = new byte[Math.max(length, buffer.length * 2)];
    }
    bufferStart = position;
    int wanted = Math.min(buffer.length, segment.size() - position);
    bufferLength = segment.read(buffer, 0, wanted, position);
    return bufferLength >= length;
  }
}
