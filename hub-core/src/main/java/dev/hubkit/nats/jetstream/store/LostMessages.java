package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;

/** Counts and lists the messages of a stream that were found damaged since it was opened. */
final class LostMessages {
  private static final int MAX_LISTED = 10_000;

  private final LongList listed = new LongList();
  private long messages;
  private long bytes;

  /** Adds messages with sequences one after the other, perhaps none, and unreadable bytes. */
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

  /** The sequences that were found first, at most this many. */
  long[] sequences(int limit) {
    long[] all = listed.toArray();
    return all.length > limit ? Arrays.copyOf(all, limit) : all;
  }
}
