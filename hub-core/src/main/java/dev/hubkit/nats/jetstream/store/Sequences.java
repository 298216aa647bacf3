package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/**
 * The ascending sequences of one subject that has several messages: chunks of offsets against a
 * base, so that a removal anywhere moves little.
 */
final class Sequences {
  private static final int CHUNK = 512;

  private static final class Chunk {
    final long base;
    int[] offsets;
    int start;
    int end;

    Chunk(long base, int capacity) {
      this.base = base;
      offsets = new int[capacity];
    }

    int size() {
      return end - start;
    }

    long first() {
      return base + offsets[start];
    }

    long last() {
      return base + offsets[end - 1];
    }

    /** The position of the first entry at or above {@code sequence}. */
    int ceiling(long sequence) {
      if (sequence <= first()) {
        return start;
      }
      if (sequence > last()) {
        return end;
      }
      int at = Arrays.binarySearch(offsets, start, end, (int) (sequence - base));
      return at < 0 ? -at - 1 : at;
    }
  }

  private Chunk[] chunks;
  private int start;
  private int end = 1;

  Sequences(long first, long second) {
    Chunk chunk = new Chunk(first, second - first > Integer.MAX_VALUE ? 1 : 4);
    chunk.offsets[0] = 0;
    chunk.end = 1;
    chunks = new Chunk[] {chunk};
    add(second);
  }

  /** Adds a sequence higher than all before. */
  void add(long sequence) {
    Chunk chunk = chunks[end - 1];
    if (chunk.size() == CHUNK || sequence - chunk.base > Integer.MAX_VALUE) {
      if (end == chunks.length) {
        int length = end - start;
        Chunk[] wider = length > chunks.length / 2 ? new Chunk[length * 2] : chunks;
        System.arraycopy(chunks, start, wider, 0, length);
        chunks = wider;
        start = 0;
        end = length;
      }
      chunk = new Chunk(sequence, 64);
      chunks[end++] = chunk;
    } else if (chunk.end == chunk.offsets.length) {
      int size = chunk.size();
      // Room won at the front by removals is used before more is taken.
      int[] wider = size > chunk.end / 2 ? new int[Math.min(CHUNK, size * 2)] : new int[chunk.end];
      System.arraycopy(chunk.offsets, chunk.start, wider, 0, size);
      chunk.offsets = wider;
      chunk.start = 0;
      chunk.end = size;
    }
    chunk.offsets[chunk.end++] = (int) (sequence - chunk.base);
  }

  /** Removes a sequence that is there, and not the only one. */
  void remove(long sequence) {
    int in = chunk(sequence);
    Chunk chunk = chunks[in];
    int at = chunk.ceiling(sequence);
    if (at == chunk.start) {
      chunk.start++;
    } else {
      System.arraycopy(chunk.offsets, at + 1, chunk.offsets, at, chunk.end - at - 1);
      chunk.end--;
    }
    if (chunk.size() == 0) {
      if (in == start) {
        start++;
      } else {
        System.arraycopy(chunks, in + 1, chunks, in, end - in - 1);
        end--;
      }
    }
  }

  long first() {
    return chunks[start].first();
  }

  long last() {
    return chunks[end - 1].last();
  }

  /** The lowest sequence at or above; 0 for none. */
  long ceiling(long sequence) {
    int in = chunk(sequence);
    if (in == end) {
      return 0;
    }
    Chunk chunk = chunks[in];
    return chunk.base + chunk.offsets[chunk.ceiling(sequence)];
  }

  /** The highest sequence at or below; 0 for none. */
  long floor(long sequence) {
    int in = chunk(sequence);
    if (in == end) {
      return last();
    }
    Chunk chunk = chunks[in];
    int at = chunk.ceiling(sequence);
    if (chunk.base + chunk.offsets[at] == sequence) {
      return sequence;
    }
    if (at > chunk.start) {
      return chunk.base + chunk.offsets[at - 1];
    }
    return in > start ? chunks[in - 1].last() : 0;
  }

  /** How many sequences are below. */
  long rank(long sequence) {
    int in = chunk(sequence);
    long total = 0;
    for (int i = start; i < in; i++) {
      total += chunks[i].size();
    }
    if (in < end) {
      total += chunks[in].ceiling(sequence) - chunks[in].start;
    }
    return total;
  }

  /** The first chunk that ends at or above. */
  private int chunk(long sequence) {
    int low = start;
    int high = end;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (chunks[middle].last() < sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
