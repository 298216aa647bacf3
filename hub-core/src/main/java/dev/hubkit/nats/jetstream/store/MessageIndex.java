package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where each message of a stream is, by sequence: its subject's number, its size and either its
 * position in the log or the message itself. Held in blocks, which are packed when they are full; a
 * block whose last message goes is let go, so gaps cost nothing.
 */
final class MessageIndex {
  private static final int BLOCK_BITS = 8;
  private static final int BLOCK_SIZE = 1 << BLOCK_BITS;
  private static final int MASK = BLOCK_SIZE - 1;
  private static final int FREE = -1;
  private static final int HEADED = 1; // the lowest bit of what is kept as the size

  private static final class Block {
    final long number;
    final IntColumn subjects = new IntColumn();
    final IntColumn sizes = new IntColumn();
    final @Nullable IntColumn positions;
    final @Nullable StoredMessage @Nullable [] messages;
    // A bit for each message that is there.
    final long[] present = new long[BLOCK_SIZE / Long.SIZE];
    int live;

    Block(long number, boolean holdsMessages) {
      this.number = number;
      positions = holdsMessages ? null : new IntColumn();
      messages = holdsMessages ? new StoredMessage[BLOCK_SIZE] : null;
    }

    boolean has(int slot) {
      return (present[slot >> 6] & 1L << slot) != 0;
    }

    /** The first slot from here on that has a message; negative for none. */
    int next(int from) {
      long word = present[from >> 6] & -1L << from;
      for (int at = from >> 6; ; word = present[at]) {
        if (word != 0) {
          return (at << 6) + Long.numberOfTrailingZeros(word);
        }
        if (++at == present.length) {
          return -1;
        }
      }
    }

    /** The last slot up to here that has a message; negative for none. */
    int previous(int from) {
      long word = present[from >> 6] & -1L >>> (63 - (from & 63));
      for (int at = from >> 6; ; word = present[at]) {
        if (word != 0) {
          return (at << 6) + 63 - Long.numberOfLeadingZeros(word);
        }
        if (--at < 0) {
          return -1;
        }
      }
    }

    int countFrom(int from) {
      int count = Long.bitCount(present[from >> 6] & -1L << from);
      for (int at = (from >> 6) + 1; at < present.length; at++) {
        count += Long.bitCount(present[at]);
      }
      return count;
    }

    /** Makes it one of messages in every slot that are alike. */
    void fill(int subject, int size, int position, int step) {
      subjects.fill(subject, 0);
      sizes.fill(size, 0);
      if (positions != null) {
        positions.fill(position, step);
      }
      Arrays.fill(present, -1L);
      live = BLOCK_SIZE;
    }

    void pack() {
      subjects.pack();
      sizes.pack();
      if (positions != null) {
        positions.pack();
      }
    }
  }

  private final boolean holdsMessages;
  // Ascending by number, from start (inclusive) to end (exclusive).
  private @Nullable Block[] blocks = new Block[16];
  private int start;
  private int end;
  private long count;

  MessageIndex(boolean holdsMessages) {
    this.holdsMessages = holdsMessages;
  }

  long count() {
    return count;
  }

  /**
   * Adds a message, whose sequence must be higher than all before.
   *
   * @param headed whether it has a header block
   */
  void add(
      long sequence,
      int subject,
      int size,
      boolean headed,
      int position,
      @Nullable StoredMessage message) {
    Block block = blockForAppend(sequence >>> BLOCK_BITS);
    int slot = (int) sequence & MASK;
    block.subjects.set(slot, subject, BLOCK_SIZE);
    block.sizes.set(slot, headed ? size << 1 | HEADED : size << 1, BLOCK_SIZE);
    if (block.positions != null) {
      block.positions.set(slot, position, BLOCK_SIZE);
    }
    block.present[slot >> 6] |= 1L << slot;
    if (block.messages != null) {
      block.messages[slot] = message;
    }
    block.live++;
    count++;
  }

  /**
   * Adds messages one after the other of one subject and size, kept in a log.
   *
   * @param step from the position of one to that of the next
   */
  void addAlike(
      long first, int number, int subject, int size, boolean headed, int position, int step) {
    int done = 0;
    while (done < number) {
      long sequence = first + done;
      int at = position + done * step;
      if (((int) sequence & MASK) != 0 || number - done < BLOCK_SIZE) {
        add(sequence, subject, size, headed, at, null);
        done++;
      } else {
        blockForAppend(sequence >>> BLOCK_BITS)
            .fill(subject, headed ? size << 1 | HEADED : size << 1, at, step);
        count += BLOCK_SIZE;
        done += BLOCK_SIZE;
      }
    }
  }

  boolean contains(long sequence) {
    Block block = block(sequence);
    return block != null && block.has((int) sequence & MASK);
  }

  /** The subject's number; negative when there is no such message. */
  int subject(long sequence) {
    Block block = block(sequence);
    int slot = (int) sequence & MASK;
    return block == null || !block.has(slot) ? FREE : block.subjects.get(slot);
  }

  int size(long sequence) {
    return required(sequence).sizes.get((int) sequence & MASK) >>> 1;
  }

  int position(long sequence) {
    IntColumn positions = required(sequence).positions;
    return positions == null ? 0 : positions.get((int) sequence & MASK);
  }

  /** Notes that a message has moved in the log. */
  void move(long sequence, int position) {
    IntColumn positions = required(sequence).positions;
    if (positions != null) {
      positions.set((int) sequence & MASK, position, BLOCK_SIZE);
    }
  }

  @Nullable StoredMessage message(long sequence) {
    @Nullable StoredMessage @Nullable [] messages = required(sequence).messages;
    return messages == null ? null : messages[(int) sequence & MASK];
  }

  /** Removes a message that is there. */
  void remove(long sequence) {
    int at = find(sequence >>> BLOCK_BITS);
    Block block = required(sequence);
    int slot = (int) sequence & MASK;
    block.present[slot >> 6] &= ~(1L << slot);
    if (block.messages != null) {
      block.messages[slot] = null;
    }
    count--;
    if (--block.live == 0) {
      drop(at);
    }
  }

  /** The lowest sequence at or above {@code from} that has a message; 0 for none. */
  long next(long from) {
    long sequence = Math.max(from, 1);
    for (int at = ceiling(sequence >>> BLOCK_BITS); at < end; at++) {
      Block block = at(at);
      long base = block.number << BLOCK_BITS;
      int slot = block.next((int) Math.max(0, sequence - base));
      if (slot >= 0) {
        return base + slot;
      }
    }
    return 0;
  }

  /** The lowest sequence at or above {@code from} that has a message with a header; 0 for none. */
  long nextHeaded(long from) {
    long sequence = Math.max(from, 1);
    for (int at = ceiling(sequence >>> BLOCK_BITS); at < end; at++) {
      Block block = at(at);
      long base = block.number << BLOCK_BITS;
      for (int slot = (int) Math.max(0, sequence - base); slot < BLOCK_SIZE; slot++) {
        if (block.has(slot) && (block.sizes.get(slot) & HEADED) != 0) {
          return base + slot;
        }
      }
    }
    return 0;
  }

  /** The highest sequence at or below {@code from} that has a message; 0 for none. */
  long previous(long from) {
    if (from <= 0) {
      return 0;
    }
    int at = ceiling(from >>> BLOCK_BITS);
    if (at == end || at(at).number > from >>> BLOCK_BITS) {
      at--;
    }
    for (; at >= start; at--) {
      Block block = at(at);
      long base = block.number << BLOCK_BITS;
      int slot = block.previous((int) Math.min(MASK, from - base));
      if (slot >= 0) {
        return base + slot;
      }
    }
    return 0;
  }

  /** How many messages there are at or above {@code from}. */
  long countFrom(long from) {
    long total = 0;
    for (int at = ceiling(Math.max(from, 0) >>> BLOCK_BITS); at < end; at++) {
      Block block = at(at);
      long base = block.number << BLOCK_BITS;
      if (base >= from) {
        total += block.live;
      } else {
        total += from - base < BLOCK_SIZE ? block.countFrom((int) (from - base)) : 0;
      }
    }
    return total;
  }

  void clear() {
    blocks = new Block[16];
    start = 0;
    end = 0;
    count = 0;
  }

  private Block at(int position) {
    Block block = blocks[position];
    if (block == null) {
      throw new IllegalStateException("no block at " + position);
    }
    return block;
  }

  private @Nullable Block block(long sequence) {
    int at = find(sequence >>> BLOCK_BITS);
    return at < 0 ? null : at(at);
  }

  private Block required(long sequence) {
    Block block = block(sequence);
    if (block == null) {
      throw new IllegalStateException("no message " + sequence);
    }
    return block;
  }

  private Block blockForAppend(long number) {
    if (end > start) {
      Block last = at(end - 1);
      if (last.number == number) {
        return last;
      }
      last.pack();
    }
    if (end == blocks.length) {
      int length = end - start;
      @Nullable Block[] wider = length > blocks.length / 2 ? new Block[length * 2] : blocks;
      System.arraycopy(blocks, start, wider, 0, length);
      Arrays.fill(wider, length, wider.length, null);
      blocks = wider;
      start = 0;
      end = length;
    }
    Block block = new Block(number, holdsMessages);
    blocks[end++] = block;
    return block;
  }

  private int find(long number) {
    int at = ceiling(number);
    return at < end && at(at).number == number ? at : -1;
  }

  /** The position of the first block with this number or a higher one. */
  private int ceiling(long number) {
    if (start == end) {
      return end;
    }
    long first = at(start).number;
    if (number <= first) {
      return start;
    }
    if (number > at(end - 1).number) {
      return end;
    }
    // Without gaps, which is the rule, the first guess hits.
    int high = (int) Math.min(start + (number - first), end - 1L);
    if (at(high).number == number) {
      return high;
    }
    int low = start;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (at(middle).number < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void drop(int at) {
    if (at == start) {
      blocks[start++] = null;
    } else {
      System.arraycopy(blocks, at + 1, blocks, at, end - at - 1);
      blocks[--end] = null;
    }
  }
}
