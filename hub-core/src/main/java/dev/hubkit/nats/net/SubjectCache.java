package dev.hubkit.nats.net;

import dev.hubkit.work.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Caches the subjects that one connection publishes to, by their bytes, so that a repeated subject
 * is neither decoded nor checked again. A new subject replaces the one in its slot. Confined to the
 * thread that reads.
 */
final class SubjectCache {
  private static final int FIRST_SIZE = 16;
  private static final int LAST_SIZE = 512;
  private static final int LONGEST = 256;

  // The approximate memory of an entry.
  private static final int ENTRY_BYTES = 512;

  private final MemoryBudget memory;
  private final AtomicInteger reserved = new AtomicInteger();
  private volatile boolean closed;
  private @Nullable Entry[] entries = new @Nullable Entry[FIRST_SIZE];
  private @Nullable Entry last;
  private int collisions;

  /** Grows as far as there is memory. */
  SubjectCache(MemoryBudget memory) {
    this.memory = memory;
  }

  /** Finds or makes the entry for a subject. */
  Entry get(byte[] buffer, int offset, int length) {
    Entry recent = last;
    if (recent != null && recent.is(buffer, offset, length)) {
      return recent;
    }
    int hash = 1;
    for (int i = offset + length - 1; i >= offset; i--) {
      hash = 31 * hash + buffer[i];
    }
    hash ^= hash >>> 16;
    Entry there = entries[hash & (entries.length - 1)];
    if (there != null && there.is(buffer, offset, length)) {
      last = there;
      return there;
    }
    Entry made = new Entry(Arrays.copyOfRange(buffer, offset, offset + length));
    if (length <= LONGEST) {
      if (there != null && ++collisions > entries.length && entries.length < LAST_SIZE) {
        collisions = 0;
        grow(entries.length * 4);
      }
      entries[hash & (entries.length - 1)] = made;
      last = made;
    }
    return made;
  }

  private void grow(int size) {
    int bytes = (size - entries.length) * ENTRY_BYTES;
    if (!closed && memory.reserveSpare(bytes)) {
      reserved.addAndGet(bytes);
      entries = new @Nullable Entry[size];
      if (closed) {
        close();
      }
    }
  }

  /** Gives back the memory of it; it is not to grow any more. Any thread. */
  void close() {
    closed = true;
    memory.release(reserved.getAndSet(0));
  }

  /** Forgets everything, as when the permissions have changed. */
  void clear() {
    entries = new @Nullable Entry[FIRST_SIZE];
    memory.release(reserved.getAndSet(0));
    last = null;
  }

  /** A subject and what is known of it. */
  static final class Entry {
    final byte[] bytes;
    final String text;

    /** Whether the client may publish to it, as far as that has been found out. */
    @Nullable Boolean allowed;

    /** The state of the account's subscriptions when the client last published to it. */
    long matchedAt = -1;

    private Entry(byte[] bytes) {
      this.bytes = bytes;
      this.text = new String(bytes, StandardCharsets.UTF_8);
    }

    private boolean is(byte[] buffer, int offset, int length) {
      return length == bytes.length
          && Arrays.equals(bytes, 0, length, buffer, offset, offset + length);
    }
  }
}
