package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes a lost segment anew from its digest, without its messages: with what it says of others, so
 * that what was removed stays so.
 */
final class SegmentRemains implements LogVisitor {
  private final LogBuffer records = new LogBuffer();
  private final int salt;
  private long last;
  private long lastTimestamp;

  private SegmentRemains(SegmentDigest digest) {
    salt = digest.header().salt();
    digest.replay(this);
    put(LogRecord.SKIP, last, 1, lastTimestamp, 0);
  }

  /** Puts a segment into the place of the one that is lost. */
  static void write(Segments segments, int number, SegmentDigest digest) throws IOException {
    SegmentRemains remains = new SegmentRemains(digest);
    FileSystem disk = segments.disk();
    Path path = segments.path(number);
    Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
    SegmentHeader header =
        new SegmentHeader(
            remains.salt, false, true, digest.header().base(), digest.header().baseTimestamp());
    disk.delete(temporary);
    try (StoreFile file = disk.open(temporary)) {
      file.write(header.toBytes(number, segments.log()), 0, SegmentHeader.LENGTH, 0);
      int length = remains.records.end(remains.salt, remains.last, SegmentHeader.LENGTH);
      file.write(remains.records.bytes(), 0, length, SegmentHeader.LENGTH, LogRecord.END_LENGTH);
      file.sync();
    } catch (IOException e) {
      disk.delete(temporary);
      throw e;
    }
    disk.replace(temporary, path);
    // Only now, as until then nothing else says what is in it.
    disk.delete(SegmentDigest.pathOf(path));
  }

  private void put(byte type, long sequence, int numbers, long first, long second) {
    records.put(salt, type, sequence, numbers, first, second);
  }

  @Override
  public void segment(long base, long baseTimestamp) {}

  @Override
  public void messages(RecordView view) {
    last = view.last();
  }

  @Override
  public void removed(long sequence) {
    put(LogRecord.REMOVE, sequence, 0, 0, 0);
  }

  @Override
  public void skipped(long upTo, long timestamp) {
    if (upTo >= last) {
      last = upTo;
      lastTimestamp = timestamp == 0 ? lastTimestamp : timestamp;
    }
  }

  @Override
  public void removedBelow(long first, long upTo, long timestamp) {
    put(LogRecord.REMOVE_BELOW, first, 2, upTo, timestamp);
    skipped(upTo, timestamp);
  }

  @Override
  public void removedAbove(long upTo, long timestamp) {}

  @Override
  public void cleared(long first, long upTo, long timestamp) {
    put(LogRecord.CLEAR, first, 2, upTo, timestamp); // the first record, as it always is
    skipped(upTo, timestamp);
  }

  @Override
  public long last() {
    return last;
  }

  @Override
  public long lastTimestamp() {
    return lastTimestamp;
  }

  @Override
  public void damaged(long first, long messages, long bytes) {}
}
