package dev.hubkit.nats.jetstream.store;

import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The records of a segment in compressed form: chunks of some records each, deflated on their own,
 * so that a read inflates little. Positions count as if nothing were compressed. A chunk is
 *
 * <pre>
 * 4  CRC-32C of the next 12 bytes
 * 4  CRC-32C of the compressed bytes
 * 4  length of the compressed bytes
 * 4  length of what they stand for
 * …  the compressed bytes
 * </pre>
 */
final class CompressedBlocks {
  static final int RAW = 64 * 1024;
  private static final int PREFIX = 16;

  private final StoreFile file;
  // By chunk: where what it stands for starts, and where it is in the file.
  private int[] starts = new int[16];
  private int[] places = new int[16];
  private int[] lengths = new int[16]; // of the compressed bytes
  private int count;
  private int damaged;
  private int rawEnd = Segment.HEADER;
  private int fileEnd = Segment.HEADER;
  // The chunk that was read last.
  private int loaded = -1;
  private byte[] content = new byte[0];

  CompressedBlocks(StoreFile file) {
    this.file = file;
  }

  /** Reads which chunks there are; passes over what is none. */
  static CompressedBlocks open(StoreFile file, long size) throws IOException {
    CompressedBlocks chunks = new CompressedBlocks(file);
    byte[] prefix = new byte[PREFIX];
    while (chunks.fileEnd + PREFIX <= size) {
      if (file.read(prefix, 0, PREFIX, chunks.fileEnd) == PREFIX && isPrefix(prefix, 0)) {
        chunks.add(LogRecord.getInt(prefix, 12), LogRecord.getInt(prefix, 8));
      } else if (!chunks.skipDamaged((int) size)) {
        break;
      }
    }
    chunks.damaged += (int) Math.max(0, size - chunks.fileEnd);
    return chunks;
  }

  private static boolean isPrefix(byte[] bytes, int at) {
    return LogRecord.getInt(bytes, at) == sum(bytes, at + 4, PREFIX - 4)
        && LogRecord.getInt(bytes, at + 8) >= 0
        && LogRecord.getInt(bytes, at + 12) >= 0;
  }

  /** Goes to the next whole chunk; false when there is none. */
  private boolean skipDamaged(int size) throws IOException {
    byte[] rest = new byte[size - fileEnd];
    int read = file.read(rest, 0, rest.length, fileEnd);
    for (int at = 1; at <= read - PREFIX; at++) {
      int length = isPrefix(rest, at) ? LogRecord.getInt(rest, at + 8) : -1;
      if (length >= 0
          && length <= read - PREFIX - at
          && LogRecord.getInt(rest, at + 4) == sum(rest, at + PREFIX, length)) {
        damaged += at;
        fileEnd += at;
        return true;
      }
    }
    return false;
  }

  /** The same chunks, to be read independently. */
  CompressedBlocks copy() {
    CompressedBlocks copy = new CompressedBlocks(file);
    copy.starts = Arrays.copyOf(starts, count);
    copy.places = Arrays.copyOf(places, count);
    copy.lengths = Arrays.copyOf(lengths, count);
    copy.count = count;
    copy.rawEnd = rawEnd;
    copy.fileEnd = fileEnd;
    return copy;
  }

  private void add(int raw, int compressed) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, count * 2);
      places = Arrays.copyOf(places, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    starts[count] = rawEnd;
    lengths[count] = compressed;
    places[count++] = fileEnd;
    rawEnd += raw;
    fileEnd += PREFIX + compressed;
  }

  /** Where the records end, counted as if nothing were compressed. */
  int rawEnd() {
    return rawEnd;
  }

  /** How many bytes of the file were no chunks when it was opened. */
  int damaged() {
    return damaged;
  }

  /** Compresses bytes and writes them behind the last chunk. */
  void append(byte[] raw, int length) throws IOException {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    try {
      deflater.setInput(raw, 0, length);
      deflater.finish();
      byte[] chunk = new byte[PREFIX + length + length / 8 + 64];
      int compressed = deflater.deflate(chunk, PREFIX, chunk.length - PREFIX);
      if (!deflater.finished()) {
        throw new IllegalStateException("deflate needs more than " + chunk.length);
      }
      LogRecord.putInt(chunk, 4, sum(chunk, PREFIX, compressed));
      LogRecord.putInt(chunk, 8, compressed);
      LogRecord.putInt(chunk, 12, length);
      LogRecord.putInt(chunk, 0, sum(chunk, 4, PREFIX - 4));
      file.write(chunk, 0, PREFIX + compressed, fileEnd);
      add(length, compressed);
    } finally {
      deflater.end();
    }
  }

  /** Reads as {@link StoreFile#read}; what is damaged reads as zeros. */
  int read(byte[] target, int offset, int length, int position) throws IOException {
    int done = 0;
    while (done < length && position + done < rawEnd) {
      int chunk = Arrays.binarySearch(starts, 0, count, position + done);
      if (chunk < 0) {
        chunk = -chunk - 2;
      }
      load(chunk);
      int from = position + done - starts[chunk];
      int step = Math.min(content.length - from, length - done);
      System.arraycopy(content, from, target, offset + done, step);
      done += step;
    }
    return done;
  }

  private void load(int chunk) throws IOException {
    if (chunk == loaded) {
      return;
    }
    loaded = -1;
    int end = chunk + 1 < count ? starts[chunk + 1] : rawEnd;
    content = new byte[end - starts[chunk]];
    int compressed = lengths[chunk];
    byte[] bytes = new byte[PREFIX + compressed];
    int read = file.read(bytes, 0, bytes.length, places[chunk]);
    if (read == bytes.length && LogRecord.getInt(bytes, 4) == sum(bytes, PREFIX, compressed)) {
      Inflater inflater = new Inflater(true);
      try {
        inflater.setInput(bytes, PREFIX, compressed);
        inflater.inflate(content);
      } catch (DataFormatException e) {
        content = new byte[content.length]; // reads as damage, which the records then show
      } finally {
        inflater.end();
      }
    }
    loaded = chunk;
  }

  /** Lets the memory of the last read go. */
  void releaseCache() {
    loaded = -1;
    content = new byte[0];
  }

  private static int sum(byte[] bytes, int at, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, at, length);
    return (int) checksum.getValue();
  }
}
