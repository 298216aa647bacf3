package dev.hubkit.fossil.content;

import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * The stored form of content: its size as a four-byte big-endian number, then a zlib stream. Used
 * in the {@code blob} and {@code unversioned} tables and as the body of sync messages. Thread-safe.
 */
public final class CompressedBlob {
  /** The largest content that is accepted, in bytes; SQLite cannot store a larger blob. */
  public static final int LARGEST = 1_000_000_000;

  private static final int HEADER = 4;

  /** Deflate never gains more than this (zlib's technical notes: 1032 to 1). */
  private static final long BEST_RATIO = 1032;

  // Both hold native memory, and setting that up takes longer than processing a small blob.
  private static final ThreadLocal<Deflater> DEFLATER = ThreadLocal.withInitial(Deflater::new);
  private static final ThreadLocal<Inflater> INFLATER = ThreadLocal.withInitial(Inflater::new);

  private CompressedBlob() {}

  /** Compresses {@code content}. */
  public static byte[] pack(byte[] content) {
    return pack(content, 0, content.length);
  }

  /** Compresses {@code length} bytes of {@code content} from {@code offset} on. */
  public static byte[] pack(byte[] content, int offset, int length) {
    Deflater deflater = DEFLATER.get();
    deflater.reset();
    deflater.setInput(content, offset, length);
    deflater.finish();
    byte[] packed = new byte[HEADER + 64 + length / 2];
    packed[0] = (byte) (length >>> 24);
    packed[1] = (byte) (length >>> 16);
    packed[2] = (byte) (length >>> 8);
    packed[3] = (byte) length;
    int end = HEADER;
    while (true) {
      end += deflater.deflate(packed, end, packed.length - end);
      if (deflater.finished()) {
        return Arrays.copyOf(packed, end);
      }
      packed = Arrays.copyOf(packed, packed.length + packed.length / 2);
    }
  }

  /**
   * Returns the size in bytes that {@code packed} states for its content.
   *
   * @throws MalformedContentException if it states none, or one beyond {@link #LARGEST}
   */
  public static int size(byte[] packed) {
    return size(packed, 0, packed.length);
  }

  private static int size(byte[] packed, int offset, int length) {
    if (length < HEADER) {
      throw new MalformedContentException("compressed blob: only " + length + " bytes long");
    }
    int size =
        (packed[offset] & 0xff) << 24
            | (packed[offset + 1] & 0xff) << 16
            | (packed[offset + 2] & 0xff) << 8
            | (packed[offset + 3] & 0xff);
    if (size < 0 || size > LARGEST) {
      throw new MalformedContentException(
          "compressed blob: size " + Integer.toUnsignedString(size) + " is beyond " + LARGEST);
    }
    return size;
  }

  /** {@link #unpack(byte[], int, int, int)} of a whole array. */
  public static byte[] unpack(byte[] packed, int limit) {
    return unpack(packed, 0, packed.length, limit);
  }

  /** {@link #unpack(byte[], int)} with {@link #LARGEST} as the limit. */
  public static byte[] unpack(byte[] packed) {
    return unpack(packed, LARGEST);
  }

  /**
   * Restores the content.
   *
   * @param limit the largest content to accept, in bytes; more is an error before memory is taken
   * @throws MalformedContentException if it is larger than {@code limit}, if the zlib stream is
   *     damaged or cut off, or if it does not hold what the size in front says
   */
  public static byte[] unpack(byte[] packed, int offset, int length, int limit) {
    int size = size(packed, offset, length);
    if (size > limit) {
      throw new MalformedContentException(
          "compressed blob: content of " + size + " bytes is beyond the limit of " + limit);
    }
    if (size > (length - HEADER) * BEST_RATIO + 64) {
      throw new MalformedContentException(
          "compressed blob: " + length + " bytes cannot hold the stated " + size + " bytes");
    }
    Inflater inflater = INFLATER.get();
    inflater.reset();
    inflater.setInput(packed, offset + HEADER, length - HEADER);
    byte[] content = new byte[size];
    try {
      int end = 0;
      while (end < size) {
        int read = inflater.inflate(content, end, size - end);
        if (read == 0
            && (inflater.finished() || inflater.needsInput() || inflater.needsDictionary())) {
          throw new MalformedContentException(
              "compressed blob: ends after " + end + " of the stated " + size + " bytes");
        }
        end += read;
      }
      // Only an attempt to read on reaches the end of the stream, and with it zlib's checksum.
      if (!inflater.finished() && (inflater.inflate(new byte[1]) != 0 || !inflater.finished())) {
        throw new MalformedContentException(
            "compressed blob: does not end after the stated " + size + " bytes");
      }
      return content;
    } catch (DataFormatException e) {
      throw new MalformedContentException("compressed blob: damaged zlib stream", e);
    }
  }
}
