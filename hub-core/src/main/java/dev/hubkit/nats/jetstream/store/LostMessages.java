package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/** What of a stream was found damaged since it was opened. */
final class LostMessages {
  private static final int MAX_LISTED = 10_000;

  private final LongList listed = new LongList();
  private long messages;
  private long bytes;

  /** So many messages one after the other, perhaps none, and bytes can't be read. */
  void add(long first, long count, long damagedBytes) {
    for (long i = 0; i < count && listed.size() < MAX_LISTED; i++) {
      listed.add(first + i);
    }
    messages += count;
    bytes += damagedBytes;
  }

  long messages() {
    return messages;
  }

  long bytes() {
    return bytes;
  }

  /** The sequences of the first of them. */
  long[] sequences(int limit) {
    long[] all = listed.toArray();
    return all.length > limit ? Arrays.copyOf(all, limit) : all;
  }
}
