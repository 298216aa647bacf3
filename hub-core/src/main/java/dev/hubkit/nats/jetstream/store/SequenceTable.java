package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/**
 * A sorted map from sequences to two numbers each, in flat arrays: entries come mostly in ascending
 * order, and go mostly near the low end.
 */
final class SequenceTable {
  private static final int SMALLEST = 8;

  // Removed entries stay as tombstones (live[i] false) until they are the majority.
  private long[] keys = new long[SMALLEST];
  private long[] firsts = new long[SMALLEST];
  private long[] seconds = new long[SMALLEST];
  private boolean[] live = new boolean[SMALLEST];
  private int start;
  private int end;
  private int count;

  int size() {
    return count;
  }

  boolean contains(long key) {
    return find(key) >= 0;
  }

  /** The first number of an entry; 0 when it is missing. */
  long first(long key) {
    int at = find(key);
    return at < 0 ? 0 : firsts[at];
  }

  /** The second number of an entry; 0 when it is missing. */
  long second(long key) {
    int at = find(key);
    return at < 0 ? 0 : seconds[at];
  }

  void put(long key, long first, long second) {
    int at = position(key);
    if (at < end && keys[at] == key) {
      if (!live[at]) {
        live[at] = true;
        count++;
      }
    } else {
      at = open(at, key);
      keys[at] = key;
      live[at] = true;
      count++;
    }
    firsts[at] = first;
    seconds[at] = second;
  }

  boolean remove(long key) {
    int at = find(key);
    if (at < 0) {
      return false;
    }
    live[at] = false;
    count--;
    if (count == 0) {
      start = 0;
      end = 0;
      return true;
    }
    while (!live[start]) {
      start++;
    }
    while (!live[end - 1]) {
      end--;
    }
    return true;
  }

  /** The lowest key at or above {@code key}; 0 for none. */
  long ceiling(long key) {
    for (int at = position(key); at < end; at++) {
      if (live[at]) {
        return keys[at];
      }
    }
    return 0;
  }

  /** The highest key; 0 for none. */
  long last() {
    return count == 0 ? 0 : keys[end - 1];
  }

  void clear() {
    start = 0;
    end = 0;
    count = 0;
  }

  private int find(long key) {
    int at = position(key);
    return at < end && keys[at] == key && live[at] ? at : -1;
  }

  private int position(long key) {
    if (start == end || keys[end - 1] < key) {
      return end;
    }
    int at = Arrays.binarySearch(keys, start, end, key);
    return at < 0 ? -at - 1 : at;
  }

  /** Makes room for a new key at {@code at}; returns where it then is. */
  private int open(int at, long key) {
    if (at < end && !live[at]) {
      return at; // takes the place of a tombstone with a higher key
    }
    if (end == keys.length) {
      compact();
      at = position(key);
    }
    System.arraycopy(keys, at, keys, at + 1, end - at);
    System.arraycopy(firsts, at, firsts, at + 1, end - at);
    System.arraycopy(seconds, at, seconds, at + 1, end - at);
    System.arraycopy(live, at, live, at + 1, end - at);
    end++;
    return at;
  }

  private void compact() {
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, count)) * 4);
    long[] newKeys = new long[capacity];
    long[] newFirsts = new long[capacity];
    long[] newSeconds = new long[capacity];
    boolean[] newLive = new boolean[capacity];
    int to = 0;
    for (int from = start; from < end; from++) {
      if (live[from]) {
        newKeys[to] = keys[from];
        newFirsts[to] = firsts[from];
        newSeconds[to] = seconds[from];
        newLive[to++] = true;
      }
    }
    keys = newKeys;
    firsts = newFirsts;
    seconds = newSeconds;
    live = newLive;
    start = 0;
    end = to;
  }
}
