package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ascending sequences of one subject that has several messages: chunks of offsets against a
 * base, so that a removal anywhere moves little. A chunk without gaps needs no offsets.
 */
final class Sequences {
  private static final int CHUNK = 512;
  private static final int LONGEST_RUN = 64 * 1024;

  private static final class Chunk {
    final long base;
    int @Nullable [] offsets; // null for a run: each offset is its index
    int start;
    int end;

    /** A run that begins with one sequence. */
    Chunk(long base) {
      this.base = base;
      end = 1;
    }

    /** Part of a run. */
    Chunk(long base, int start, int end) {
      this.base = base;
      this.start = start;
      this.end = end;
    }

    int size() {
      return end - start;
    }

    long get(int at) {
      int[] known = offsets;
      return base + (known == null ? at : known[at]);
    }

    long first() {
      return get(start);
    }

    long last() {
      return get(end - 1);
    }

    /** The position of the first entry at or above {@code sequence}. */
    int ceiling(long sequence) {
      if (sequence <= first()) {
        return start;
      }
      if (sequence > last()) {
        return end;
      }
      int[] known = offsets;
      if (known == null) {
        return (int) (sequence - base);
      }
      int at = Arrays.binarySearch(known, start, end, (int) (sequence - base));
      return at < 0 ? -at - 1 : at;
    }

    /** Adds a sequence at the end; false when it has no room in this chunk. */
    boolean add(long sequence) {
      if (sequence - base > Integer.MAX_VALUE) {
        return false;
      }
      if (offsets == null && sequence == base + end && size() < LONGEST_RUN) {
        end++;
        return true;
      }
      if (size() >= CHUNK) {
        return false;
      }
      int[] known = withRoom();
      known[end++] = (int) (sequence - base);
      return true;
    }

    /** Adds sequences that continue a run, as far as there is room; returns how many. */
    int extend(long sequence, int number) {
      if (offsets != null || sequence != base + end || sequence - base > Integer.MAX_VALUE) {
        return 0;
      }
      int taken = Math.min(number, LONGEST_RUN - size());
      taken = (int) Math.min(taken, Integer.MAX_VALUE - (sequence - base));
      end += taken;
      return taken;
    }

    private int[] withRoom() {
      int[] known = offsets;
      int size = size();
      if (known == null) {
        known = listed(Math.max(4, size * 2));
      } else if (end == known.length) {
        // Room won at the front by removals is used before more is taken.
        int[] wider = size > end / 2 ? new int[Math.min(CHUNK, size * 2)] : new int[end];
        System.arraycopy(known, start, wider, 0, size);
        known = wider;
      } else {
        return known;
      }
      offsets = known;
      start = 0;
      end = size;
      return known;
    }

    private int[] listed(int capacity) {
      int[] list = new int[capacity];
      for (int i = start; i < end; i++) {
        list[i - start] = i;
      }
      return list;
    }

    /** Takes out the entry at {@code at}; a run must be short, or lose one of its ends. */
    void remove(int at) {
      if (at == start) {
        start++;
      } else if (at == end - 1) {
        end--;
      } else {
        int[] known = offsets;
        int from = at;
        if (known == null) {
          known = listed(size());
          from = at - start;
          end -= start;
          start = 0;
          offsets = known;
        }
        System.arraycopy(known, from + 1, known, from, end - from - 1);
        end--;
      }
    }
  }

  private Chunk[] chunks;
  private int start;
  private int end = 1;

  Sequences(long first, long second) {
    chunks = new Chunk[] {new Chunk(first)};
    add(second);
  }

  /** Adds a sequence higher than all before. */
  void add(long sequence) {
    if (!chunks[end - 1].add(sequence)) {
      insert(end, new Chunk(sequence));
    }
  }

  /** Adds a number of sequences one after the other, higher than all before. */
  void add(long first, int number) {
    int done = 0;
    while (done < number) {
      done += chunks[end - 1].extend(first + done, number - done);
      if (done < number) {
        add(first + done);
        done++;
      }
    }
  }

  /** Puts a chunk at a place, counted as {@link #start} and {@link #end} are. */
  private void insert(int place, Chunk chunk) {
    int at = place - start;
    int length = end - start;
    if (end == chunks.length) {
      Chunk[] wider = length > chunks.length / 2 ? new Chunk[length * 2] : chunks;
      System.arraycopy(chunks, start, wider, 0, length);
      chunks = wider;
      start = 0;
      end = length;
    }
    System.arraycopy(chunks, start + at, chunks, start + at + 1, end - start - at);
    chunks[start + at] = chunk;
    end++;
  }

  /** Removes a sequence that is there, and not the only one. */
  void remove(long sequence) {
    int in = chunk(sequence);
    Chunk chunk = chunks[in];
    int at = chunk.ceiling(sequence);
    if (chunk.offsets == null && chunk.size() > CHUNK && at > chunk.start && at < chunk.end - 1) {
      in = isolate(in, at);
      chunk = chunks[in];
    }
    chunk.remove(at);
    if (chunk.size() == 0) {
      if (in == start) {
        start++;
      } else {
        System.arraycopy(chunks, in + 1, chunks, in, end - in - 1);
        end--;
      }
    }
  }

  /** Cuts a long run, so that an entry comes to be in a short one; returns which. */
  private int isolate(int in, int at) {
    Chunk run = chunks[in];
    int from = Math.max(run.start, at - at % CHUNK);
    int to = Math.min(run.end, from + CHUNK);
    int last = run.end;
    int which = in - start;
    if (from > run.start) {
      run.end = from;
      insert(in + 1, new Chunk(run.base, from, to));
      which++;
    } else {
      run.end = to;
    }
    if (to < last) {
      insert(start + which + 1, new Chunk(run.base, to, last));
    }
    return start + which;
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
    return chunk.get(chunk.ceiling(sequence));
  }

  /** The highest sequence at or below; 0 for none. */
  long floor(long sequence) {
    int in = chunk(sequence);
    if (in == end) {
      return last();
    }
    Chunk chunk = chunks[in];
    int at = chunk.ceiling(sequence);
    if (chunk.get(at) == sequence) {
      return sequence;
    }
    if (at > chunk.start) {
      return chunk.get(at - 1);
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
