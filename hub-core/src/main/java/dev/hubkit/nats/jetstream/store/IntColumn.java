package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/**
 * A fixed number of ints, 0 at first, which take less room once they are packed: none when they
 * rise by the same step, half when they lie close together.
 */
final class IntColumn {
  private static final int NARROW = 0xFFFF;

  private int @Nullable [] wide;
  private char @Nullable [] narrow; // added to base
  private int base;
  private int step;

  int get(int at) {
    int[] all = wide;
    if (all != null) {
      return all[at];
    }
    char[] offsets = narrow;
    return offsets != null ? base + offsets[at] : base + at * step;
  }

  /** Sets one of {@code length}. */
  void set(int at, int value, int length) {
    int[] all = wide;
    if (all == null) {
      if (get(at) == value) {
        return;
      }
      all = new int[length];
      for (int i = 0; i < length; i++) {
        all[i] = get(i);
      }
      wide = all;
      narrow = null;
    }
    all[at] = value;
  }

  /** Gives all their values: the first one, then each by a step more than the one before. */
  void fill(int first, int by) {
    wide = null;
    narrow = null;
    base = first;
    step = by;
  }

  /** Makes it small. */
  void pack() {
    int[] all = wide;
    if (all == null) {
      return;
    }
    int difference = all.length > 1 ? all[1] - all[0] : 0;
    int lowest = all[0];
    int highest = all[0];
    boolean isEven = true;
    for (int i = 1; i < all.length; i++) {
      lowest = Math.min(lowest, all[i]);
      highest = Math.max(highest, all[i]);
      isEven &= all[i] - all[i - 1] == difference;
    }
    if (isEven) {
      base = all[0];
      step = difference;
      wide = null;
    } else if ((long) highest - lowest <= NARROW) {
      char[] offsets = new char[all.length];
      for (int i = 0; i < all.length; i++) {
        offsets[i] = (char) (all[i] - lowest);
      }
      base = lowest;
      narrow = offsets;
      wide = null;
    }
  }
}
