package dev.hubkit.nats.jetstream.store;

import dev.hubkit.log.Log;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Makes a smaller copy of a segment, without the messages that are gone, and puts it in its place.
 * Between the two the copy is made safe against loss of power, by another thread as that may take
 * long: or an empty file could end up in the place of one that was safe.
 */
final class SegmentCompaction {
  private static final int CHUNK = CompressedBlocks.RAW;

  private static final Log logger = Log.of(SegmentCompaction.class);

  private final FileSystem disk;
  private final Segments segments;
  private final NeededRecords needed;
  private final Segment segment;
  private final MessageIndex index;
  private byte[] out = new byte[CHUNK];
  private int outLength;
  private int written;
  private final LongList moved = new LongList();
  private final long without; // a message that is to go, though the index has it; 0 for none
  private final boolean compress;
  private @Nullable CompressedBlocks chunks;
  private final Path temporary;
  private volatile @Nullable StoreFile copy;
  private volatile @Nullable Throwable failure;
  private volatile boolean synced;

  SegmentCompaction(
      Segments segments, Segment segment, MessageIndex index, long without, boolean compress) {
    this.segments = segments;
    this.segment = segment;
    this.index = index;
    this.without = without;
    this.compress = compress;
    disk = segments.disk();
    needed = new NeededRecords(segments, segment, index);
    temporary = segment.path.resolveSibling(segment.path.getFileName() + ".tmp");
  }

  /** Which segment it is about. */
  Segment segment() {
    return segment;
  }

  /** Writes the copy. */
  void write() throws IOException {
    disk.delete(temporary);
    StoreFile file = disk.open(temporary);
    copy = file;
    try {
      SegmentHeader header =
          new SegmentHeader(segment.salt, compress, !compress, segment.base, segment.baseTimestamp);
      file.write(header.toBytes(segment.number, segments.log()), 0, Segment.HEADER, 0);
      written = Segment.HEADER;
      if (compress) {
        chunks = new CompressedBlocks(file);
      }
      SegmentScanner scanner = new SegmentScanner(segment.view());
      int read = Segment.HEADER;
      while (scanner.next()) {
        require(scanner.damagedFrom() < 0);
        read = scanner.position() + scanner.length();
        if (isNeeded(scanner)) {
          put(scanner.buffer(), scanner.at(), scanner.length(), file);
        }
      }
      require(read == segment.size);
      drain(file);
      if (!compress) {
        byte[] end = new byte[LogRecord.END_LENGTH];
        LogRecord.putEnd(end, 0, segment.salt, segment.base - 1, written, new CRC32C());
        file.write(end, 0, end.length, written);
      }
    } catch (IOException | RuntimeException | Error e) {
      abandon();
      throw e;
    }
  }

  /** Gives up a segment with damaged parts, which a copy would lack. */
  private void require(boolean isWhole) throws IOException {
    if (!isWhole && without == 0) {
      segment.isDamaged = true;
      throw new IOException("parts of it are damaged");
    }
  }

  /** Makes the copy safe. The one method that another thread may call. */
  void sync() {
    StoreFile file = copy;
    try {
      WorkStep.STORE_REWRITE.reach();
      if (file != null) {
        file.sync();
      }
    } catch (Throwable e) {
      failure = e;
    }
    synced = true;
  }

  /** Whether {@link #sync} has ended. */
  boolean isSynced() {
    return synced;
  }

  /** Puts the copy, which must be synced, in the place of the segment. */
  void finish() throws IOException {
    Throwable failed = failure;
    StoreFile file = copy;
    if (failed != null || file == null) {
      abandon();
      throw failed instanceof IOException known
          ? known
          : new IOException(failed == null ? "abandoned" : "sync failed", failed);
    }
    long[] entries = moved.toArray();
    try {
      disk.replace(temporary, segment.path);
      file.movedTo(segment.path);
    } catch (IOException e) {
      abandon();
      throw e;
    }
    // What went since the copy was written is in it, and is dead there.
    int dead = 0;
    for (int i = 0; i < entries.length; i += 3) {
      long sequence = entries[i];
      if (sequence != without
          && index.contains(sequence)
          && index.position(sequence) == entries[i + 1]) {
        index.move(sequence, (int) entries[i + 2]);
      } else {
        dead++;
      }
    }
    segment.dead = dead;
    segment.rewriteBelow = segment.liveBytes / 2;
    segment.replaceFile(file, chunks, written);
  }

  /** Gives up; the segment stays as it is. */
  void abandon() {
    StoreFile file = copy;
    copy = null;
    try {
      if (file != null) {
        file.close();
      }
      disk.delete(temporary);
    } catch (IOException e) {
      // The next start removes it.
      logger.warn("Can't remove {}", temporary, e);
    }
  }

  private boolean isNeeded(SegmentScanner scanner) {
    long sequence = LogRecord.sequence(scanner.buffer(), scanner.at());
    if (scanner.buffer()[scanner.at() + LogRecord.TYPE] != LogRecord.MESSAGE) {
      return needed.has(scanner);
    }
    boolean isLive = sequence != without && needed.hasMessage(sequence, scanner.position());
    if (isLive) {
      moved.add(sequence);
      moved.add(scanner.position());
      moved.add(written + outLength);
    }
    return isLive;
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
}
