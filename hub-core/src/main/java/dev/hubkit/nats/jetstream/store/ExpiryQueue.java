package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import java.util.function.LongPredicate;

/** Sequences by the time they expire: a binary heap in flat arrays. */
final class ExpiryQueue {
  private long[] times = new long[16];
  private long[] sequences = new long[16];
  private int size;

  int size() {
    return size;
  }

  void add(long time, long sequence) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      sequences = Arrays.copyOf(sequences, size * 2);
    }
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (times[parent] <= time) {
        break;
      }
      times[at] = times[parent];
      sequences[at] = sequences[parent];
      at = parent;
    }
    times[at] = time;
    sequences[at] = sequence;
  }

  /** The earliest time; {@link Long#MAX_VALUE} when empty. */
  long firstTime() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  /** The sequence of the earliest time; 0 when empty. */
  long firstSequence() {
    return size == 0 ? 0 : sequences[0];
  }

  void removeFirst() {
    long time = times[--size];
    long sequence = sequences[size];
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && times[child + 1] < times[child]) {
        child++;
      }
      if (time <= times[child]) {
        break;
      }
      times[at] = times[child];
      sequences[at] = sequences[child];
      at = child;
    }
    times[at] = time;
    sequences[at] = sequence;
  }

  /** Drops the sequences that are not to be kept. */
  void retain(LongPredicate keep) {
    ExpiryQueue kept = new ExpiryQueue();
    for (int i = 0; i < size; i++) {
      if (keep.test(sequences[i])) {
        kept.add(times[i], sequences[i]);
      }
    }
    times = kept.times;
    sequences = kept.sequences;
    size = kept.size;
  }

  void clear() {
    size = 0;
  }
}
