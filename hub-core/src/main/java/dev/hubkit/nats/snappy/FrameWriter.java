package dev.hubkit.nats.snappy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * Compresses a stream of bytes into Snappy frames
 * (https://github.com/google/snappy/blob/main/framing_format.txt), which every reader of S2 takes.
 * Not thread-safe.
 */
public final class FrameWriter implements ByteSink {
  /** How much work is put into making frames small. */
  public enum Level {
    /** None: the frames have a checksum, and their content as it is. */
    NONE(0),
    FAST(1),
    BETTER(8),
    BEST(64);

    private final int tries;

    Level(int tries) {
      this.tries = tries;
    }

    // How many earlier places are looked at for the longest match.
    private int tries() {
      return tries;
    }
  }

  private static final byte[] IDENTIFIER =
      "\u00ff\u0006\u0000\u0000sNaPpY".getBytes(StandardCharsets.ISO_8859_1);

  private final ByteSink out;
  private final Level level;
  private final SnappyBlock block;
  private final byte[] pending = new byte[SnappyBlock.MAX_INPUT];
  private final byte[] header = new byte[8];
  private int size;
  private boolean begun;

  public FrameWriter(ByteSink out) {
    this(out, Level.FAST);
  }

  /** Writes frames that are compressed as well as a level says. */
  public FrameWriter(ByteSink out, Level level) {
    this.out = out;
    this.level = level;
    this.block = new SnappyBlock(level.tries());
  }

  /** Compresses bytes that are there all at once. */
  public static byte[] compress(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 2);
    FrameWriter writer = new FrameWriter(out::write);
    writer.write(bytes, 0, bytes.length);
    writer.flush();
    return out.toByteArray();
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int end = offset + length;
    while (from < end) {
      int part = Math.min(end - from, pending.length - size);
      System.arraycopy(bytes, from, pending, size, part);
      size += part;
      from += part;
      if (size == pending.length) {
        flush();
      }
    }
  }

  /** Ends the frame that is open. */
  public void flush() {
    if (!begun) {
      begun = true;
      out.write(IDENTIFIER, 0, IDENTIFIER.length);
    }
    if (size == 0) {
      return;
    }
    int compressed = level == Level.NONE ? size : block.compress(pending, 0, size);
    boolean smaller = compressed < size - size / 8;
    int length = 4 + (smaller ? compressed : size);
    header[0] = (byte) (smaller ? 0 : 1);
    header[1] = (byte) length;
    header[2] = (byte) (length >>> 8);
    header[3] = (byte) (length >>> 16);
    int checksum = checksum(pending, 0, size);
    for (int i = 0; i < 4; i++) {
      header[4 + i] = (byte) (checksum >>> (8 * i));
    }
    out.write(header, 0, header.length);
    out.write(smaller ? block.bytes() : pending, 0, length - 4);
    size = 0;
  }

  /** The masked CRC-32C that a frame has. */
  static int checksum(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
