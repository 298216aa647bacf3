package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where each message of a stream is, by sequence: its subject's number, its size and either its
 * position in the log or the message itself. Held in blocks of primitive arrays; a block whose last
 * message goes is let go, so gaps cost nothing.
 */
final class MessageIndex {
  private static final int BLOCK_BITS = 8;
  private static final int BLOCK_SIZE = 1 << BLOCK_BITS;
  private static final int MASK = BLOCK_SIZE - 1;
  private static final int FREE = -1;
  // No message is that big (LogRecord.MAX_LENGTH), so the sign of its size is free.
  private static final int HEADED = 0x8000_0000;

  private static final class Block {
    final long number;
    final int[] subjects = new int[BLOCK_SIZE];
    final int[] sizes = new int[BLOCK_SIZE];
    final int @Nullable [] positions;
    final @Nullable StoredMessage @Nullable [] messages;
    int live;

    Block(long number, boolean holdsMessages) {
      this.number = number;
      Arrays.fill(subjects, FREE);
      positions = holdsMessages ? null : new int[BLOCK_SIZE];
      messages = holdsMessages ? new StoredMessage[BLOCK_SIZE] : null;
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
    block.subjects[slot] = subject;
    block.sizes[slot] = headed ? size | HEADED : size;
    if (block.positions != null) {
      block.positions[slot] = position;
    }
    if (block.messages != null) {
      block.messages[slot] = message;
    }
    block.live++;
    count++;
  }

  boolean contains(long sequence) {
    return subject(sequence) != FREE;
  }

  /** The subject's number; negative when there is no such message. */
  int subject(long sequence) {
    Block block = block(sequence);
    return block == null ? FREE : block.subjects[(int) sequence & MASK];
  }

  int size(long sequence) {
    return required(sequence).sizes[(int) sequence & MASK] & ~HEADED;
  }

  int position(long sequence) {
    int[] positions = required(sequence).positions;
    return positions == null ? 0 : positions[(int) sequence & MASK];
  }

  /** Notes that a message has moved in the log. */
  void move(long sequence, int position) {
    int[] positions = required(sequence).positions;
    if (positions != null) {
      positions[(int) sequence & MASK] = position;
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
    block.subjects[slot] = FREE;
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
      for (int slot = (int) Math.max(0, sequence - base); slot < BLOCK_SIZE; slot++) {
        if (block.subjects[slot] != FREE) {
          return base + slot;
        }
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
        if (block.sizes[slot] < 0 && block.subjects[slot] != FREE) {
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
      for (int slot = (int) Math.min(MASK, from - base); slot >= 0; slot--) {
        if (block.subjects[slot] != FREE) {
          return base + slot;
        }
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
        for (int slot = (int) (from - base); slot < BLOCK_SIZE; slot++) {
          if (block.subjects[slot] != FREE) {
            total++;
          }
        }
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
