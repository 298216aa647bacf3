package dev.hubkit.work;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * A share of the heap for users that must not fill it: they reserve what they are about to
 * allocate, in large pieces rather than for each message, and release it again. What does not fit
 * is refused while there is still memory to refuse it with.
 *
 * <p>All servers of a JVM share the heap, in a test with the test itself: {@link #BUFFERS}, {@link
 * #CONTENTS}, {@link #CONNECTIONS} and {@link #ANSWERS} are three fifths of it.
 *
 * <p>Thread-safe.
 */
public final class MemoryBudget {
  /** Bytes on their way through the servers of this JVM: a sixth of the heap. */
  public static final MemoryBudget BUFFERS = new MemoryBudget(heap() / 6);

  /** Content that the servers of this JVM keep for their clients: a quarter of the heap. */
  public static final MemoryBudget CONTENTS = new MemoryBudget(heap() / 4);

  /** Idle connections of this JVM: an eighth of the heap. */
  public static final MemoryBudget CONNECTIONS = new MemoryBudget(heap() / 8);

  /** Large answers and reports that the servers of this JVM build: a sixteenth of the heap. */
  public static final MemoryBudget ANSWERS = new MemoryBudget(heap() / 16);

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicInteger sharers = new AtomicInteger();
  private final List<LongConsumer> relievers = new CopyOnWriteArrayList<>();

  /** Makes a budget of {@code limit} bytes, all of them free. */
  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Returns whether the heap is so small that buffers should be small too. */
  public static boolean isSmall() {
    return heap() < 256L * 1024 * 1024;
  }

  /** The bytes that the heap of this JVM can grow to. */
  public static long heap() {
    return Runtime.getRuntime().maxMemory();
  }

  /**
   * Reserves bytes, if enough are left.
   *
   * @return false when there are not enough, and nothing was reserved
   */
  public boolean reserve(long bytes) {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Reserves bytes that the caller can do without: never beyond half of the budget. */
  public boolean reserveSpare(long bytes) {
    return used.get() + bytes <= limit / 2 && reserve(bytes);
  }

  /**
   * Returns whether a user that holds {@code held} bytes may take more. The last quarter is for
   * users that hold less than {@code few}, so that large users leave something for the others.
   */
  public boolean hasRoomFor(long held, long few) {
    long taken = used.get();
    return taken < limit - limit / 4 || (taken < limit && held < few);
  }

  /**
   * Counts one more among those that hold a large part, until it is counted out: the more there
   * are, the smaller the share of each is.
   */
  public void countSharer() {
    sharers.incrementAndGet();
  }

  /** Counts one out that {@link #countSharer} counted. */
  public void countOutSharer() {
    sharers.decrementAndGet();
  }

  /**
   * Returns the bytes that one of those that hold a large part is granted however much the others
   * hold, as long as they keep to their own shares: seven eighths by their number, and never more
   * than if there were two.
   */
  long share() {
    return (limit - limit / 8) / Math.max(2, sharers.get());
  }

  /** Returns {@link #hasRoomFor} of a user that is granted its {@link #share}. */
  public boolean hasRoomInShare(long held) {
    // The share is looked at only when little is left.
    return hasRoomFor(held, 0) || hasRoomFor(held, share());
  }

  /** Calls {@code reliever} with the number of bytes when they are wanted and not free. */
  public void onShortage(LongConsumer reliever) {
    relievers.add(reliever);
  }

  /** No longer calls {@code reliever}. */
  public void remove(LongConsumer reliever) {
    relievers.remove(reliever);
  }

  /** Asks all relievers to release bytes. */
  public void relieve(long bytes) {
    for (LongConsumer reliever : relievers) {
      reliever.accept(bytes);
    }
  }

  /** Reserves bytes even if they are not left, since they are in use already. */
  public void take(long bytes) {
    used.addAndGet(bytes);
  }

  /** Releases what {@link #reserve} or {@link #take} reserved. */
  public void release(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Returns whether the whole budget, or more, is in use. */
  public boolean isUsedUp() {
    return used.get() >= limit;
  }

  /** The bytes in use. */
  public long used() {
    return used.get();
  }

  /** The bytes there are. */
  public long limit() {
    return limit;
  }
}
