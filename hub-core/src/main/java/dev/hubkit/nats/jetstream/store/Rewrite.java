package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a smaller copy of a segment, without the messages that are gone, and puts it in its place.
 */
final class Rewrite {
  private static final int CHUNK = Chunks.RAW;

  private final Disk disk;
  private final List<Segment> segments;
  private final int which;
  private final Segment segment;
  private final MessageIndex index;
  private byte[] out = new byte[CHUNK];
  private int outLength;
  private int written;
  private final LongList moved = new LongList();
  private final long without; // a message that is to go, though the index has it; 0 for none
  private final boolean compress;
  private @Nullable Chunks chunks;

  Rewrite(
      Disk disk,
      List<Segment> segments,
      int which,
      MessageIndex index,
      long without,
      boolean compress) {
    this.without = without;
    this.disk = disk;
    this.compress = compress;
    this.segments = segments;
    this.which = which;
    this.index = index;
    segment = segments.get(which);
  }

  void run() throws IOException {
    Path temporary = segment.path.resolveSibling(segment.path.getFileName() + ".tmp");
    disk.delete(temporary);
    StoreFile copy = disk.open(temporary);
    try {
      byte[] header = Segment.header(segment.salt, segment.base, segment.baseTimestamp, compress);
      copy.write(header, 0, Segment.HEADER, 0);
      written = Segment.HEADER;
      if (compress) {
        chunks = new Chunks(copy);
      }
      SegmentScanner scanner = new SegmentScanner(segment);
      while (scanner.next()) {
        if (isNeeded(scanner)) {
          put(scanner.buffer(), scanner.at(), scanner.length(), copy);
        }
      }
      drain(copy);
      // Or a loss of power could leave an empty file in the place of one that was safe.
      copy.sync();
      disk.replace(temporary, segment.path);
    } catch (IOException | RuntimeException e) {
      discard(copy, temporary, e);
      throw e;
    }
    segment.replaceFile(copy, chunks, written);
    segment.dead = 0;
    segment.rewriteBelow = segment.liveBytes / 2;
    long[] pairs = moved.toArray();
    for (int i = 0; i < pairs.length; i += 2) {
      index.move(pairs[i], (int) pairs[i + 1]);
    }
  }

  private boolean isNeeded(SegmentScanner scanner) {
    byte[] bytes = scanner.buffer();
    int at = scanner.at();
    long sequence = LogRecord.sequence(bytes, at);
    return switch (bytes[at + LogRecord.TYPE]) {
      case LogRecord.MESSAGE -> {
        boolean isLive =
            sequence != without
                && index.contains(sequence)
                && index.position(sequence) == scanner.position()
                && covers(which, sequence);
        if (isLive) {
          moved.add(sequence);
          moved.add(written + outLength);
        }
        yield isLive;
      }
      case LogRecord.REMOVE -> isInOlderSegment(sequence);
      case LogRecord.REMOVE_BELOW, LogRecord.CLEAR -> which > 0;
      // What was skipped follows from the base of the next segment.
      default -> false;
    };
  }

  /** Whether an older segment may still have the record of a message that is gone. */
  private boolean isInOlderSegment(long sequence) {
    for (int i = 0; i < which; i++) {
      if (segments.get(i).dead > 0 && covers(i, sequence)) {
        return true;
      }
    }
    return false;
  }

  private boolean covers(int at, long sequence) {
    return segments.get(at).base <= sequence
        && (at == segments.size() - 1 || sequence < segments.get(at + 1).base);
  }

  private void put(byte[] bytes, int at, int length, StoreFile copy) throws IOException {
    if (outLength + length > out.length) {
      drain(copy);
      if (length > out.length) {
        out = new byte[length];
      }
    }
    System.arraycopy(bytes, at, out, outLength, length);
    outLength += length;
  }

  private void drain(StoreFile copy) throws IOException {
    if (outLength == 0) {
      return;
    }
    if (chunks == null) {
      copy.write(out, 0, outLength, written);
    } else {
      chunks.append(out, outLength);
    }
    written += outLength;
    outLength = 0;
    if (out.length > CHUNK) {
      out = new byte[CHUNK]; // a record that is larger had made it so
    }
  }

  private void discard(StoreFile copy, Path temporary, Exception reason) {
    try {
      copy.close();
      disk.delete(temporary);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }
}
