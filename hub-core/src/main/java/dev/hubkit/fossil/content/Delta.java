package dev.hubkit.fossil.content;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fossil's delta coding: a target as a list of "copy from the source" and "insert this". Source:
 * Fossil's "Delta Format" and "Delta Encoding Algorithm" documents (www/delta_format.wiki,
 * www/delta_encoder_algorithm.wiki). Thread-safe.
 */
public final class Delta {
  /**
   * How many bytes must be equal before a match is considered; the source is indexed in such
   * blocks.
   */
  private static final int BLOCK = 16;

  /** How many equal-looking blocks are compared at one place before the best of them is taken. */
  private static final int CANDIDATES = 250;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private Delta() {}

  /**
   * Makes the delta that turns {@code source} into {@code target}.
   *
   * @return the delta; where the two have nothing in common it is a little longer than the target
   */
  public static byte[] create(byte[] source, byte[] target) {
    DeltaWriter out = new DeltaWriter(target);
    if (source.length <= BLOCK) {
      out.insert(0, target.length);
      return out.finish();
    }
    BlockIndex index = new BlockIndex(source);
    int base = 0; // everything before it is written
    while (base + BLOCK < target.length) {
      int at = base;
      int hash = index.hash(target, at);
      Match best = null;
      while (true) {
        best = index.longest(target, base, at, hash);
        if (best != null || at + BLOCK >= target.length) {
          break;
        }
        hash = BlockIndex.roll(hash, target[at], target[at + BLOCK]);
        at++;
      }
      if (best == null) {
        break;
      }
      out.insert(base, best.target - base);
      out.copy(best.source, best.length);
      base = best.target + best.length;
    }
    out.insert(base, target.length - base);
    return out.finish();
  }

  /**
   * Returns the size of the target that a delta states.
   *
   * @throws MalformedContentException if the delta does not begin with a size
   */
  public static int targetSize(byte[] delta) {
    DeltaReader in = new DeltaReader(delta);
    return in.targetSize();
  }

  /** {@link #apply(byte[], byte[], int)} up to {@link CompressedBlob#LARGEST}. */
  public static byte[] apply(byte[] source, byte[] delta) {
    return apply(source, delta, CompressedBlob.LARGEST);
  }

  /**
   * Makes the target from the source. Adds up the commands before it takes any memory.
   *
   * @param limit the largest target to accept, in bytes
   * @throws MalformedContentException if the delta is malformed, does not belong to this source, or
   *     makes more than {@code limit} or than it states
   */
  public static byte[] apply(byte[] source, byte[] delta, int limit) {
    DeltaReader in = new DeltaReader(delta);
    int size = in.targetSize();
    if (size > limit) {
      throw new MalformedContentException(
          "delta: target of " + size + " bytes is beyond the limit of " + limit);
    }
    in.check(size, source.length);
    byte[] target = new byte[size];
    in.apply(source, target);
    return target;
  }

  /** The checksum of the delta format: the sum of the content's big-endian 32-bit words. */
  static int checksum(byte[] content) {
    int sum = 0;
    int words = content.length & ~3;
    int i = 0;
    for (; i < words; i += 4) {
      sum += (int) WORDS.get(content, i);
    }
    for (; i < content.length; i++) {
      sum += (content[i] & 0xff) << (24 - 8 * (i - words));
    }
    return sum;
  }

  private record Match(int source, int target, int length) {}

  /** Finds each aligned block of the source by a hash that can be rolled over the target. */
  private static final class BlockIndex {
    private static final int FACTOR = 0x01000193;
    private static final int LEAVING = power(FACTOR, BLOCK - 1);
    private static final int NONE = -1;

    private final byte[] source;
    private final int[] first; // the newest block with this slot
    private final int[] next; // the block before it with the same slot
    private final int shift;

    BlockIndex(byte[] source) {
      this.source = source;
      int blocks = (source.length - BLOCK + BLOCK - 1) / BLOCK;
      int bits = 32 - Integer.numberOfLeadingZeros(Math.max(1, 2 * blocks - 1));
      this.shift = 32 - bits;
      this.first = new int[1 << bits];
      this.next = new int[blocks];
      Arrays.fill(first, NONE);
      for (int block = 0; block < blocks; block++) {
        int slot = slot(hash(source, block * BLOCK));
        next[block] = first[slot];
        first[slot] = block;
      }
    }

    int hash(byte[] bytes, int from) {
      int hash = 0;
      for (int i = from; i < from + BLOCK; i++) {
        hash = hash * FACTOR + bytes[i];
      }
      return hash;
    }

    static int roll(int hash, byte leaving, byte entering) {
      return (hash - leaving * LEAVING) * FACTOR + entering;
    }

    private int slot(int hash) {
      return shift == 32 ? 0 : (hash * 0x9E3779B1) >>> shift;
    }

    /** The longest match around {@code at} that starts at {@code base} or later and pays off. */
    @Nullable Match longest(byte[] target, int base, int at, int hash) {
      int bestLength = 0;
      int bestSource = 0;
      int bestTarget = 0;
      int left = CANDIDATES;
      for (int block = first[slot(hash)]; block != NONE && left > 0; block = next[block], left--) {
        int from = block * BLOCK;
        int forward = Arrays.mismatch(source, from, source.length, target, at, target.length);
        if (forward < 0) {
          forward = Math.min(source.length - from, target.length - at);
        }
        int back = 0;
        int backMost = Math.min(from, at - base);
        while (back < backMost && source[from - back - 1] == target[at - back - 1]) {
          back++;
        }
        int length = forward + back;
        int cost = digits(at - back - base) + digits(length) + digits(from - back) + 3;
        if (length >= cost && length > bestLength) {
          bestLength = length;
          bestSource = from - back;
          bestTarget = at - back;
        }
      }
      return bestLength == 0 ? null : new Match(bestSource, bestTarget, bestLength);
    }

    private static int digits(int number) {
      int digits = 1;
      for (int rest = number >>> 6; rest != 0; rest >>>= 6) {
        digits++;
      }
      return digits;
    }

    private static int power(int factor, int exponent) {
      int result = 1;
      for (int i = 0; i < exponent; i++) {
        result *= factor;
      }
      return result;
    }
  }
}
