package dev.hubkit.work;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * So many bytes of the heap, which those share who must not fill it: they reserve what they are
 * about to allocate and release it again, in large pieces and not for each message. Whatever does
 * not fit is refused while there is memory left to refuse it with.
 *
 * <p>The heap belongs to all servers of a JVM together, and in a test to the test as well: {@link
 * #BUFFERS}, {@link #CONTENTS}, {@link #CONNECTIONS} and {@link #ANSWERS} are three fifths of it.
 *
 * <p>Thread-safe.
 */
public final class MemoryBudget {
  /** What is on its way through the servers of this JVM: a sixth of the heap. */
  public static final MemoryBudget BUFFERS = new MemoryBudget(heap() / 6);

  /** What the servers of this JVM keep for their clients: a quarter of the heap. */
  public static final MemoryBudget CONTENTS = new MemoryBudget(heap() / 4);

  /** What a connection takes that does nothing, for all of this JVM: an eighth of the heap. */
  public static final MemoryBudget CONNECTIONS = new MemoryBudget(heap() / 8);

  /**
   * Large answers and reports that are being made, for all of this JVM: a sixteenth of the heap.
   */
  public static final MemoryBudget ANSWERS = new MemoryBudget(heap() / 16);

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final AtomicInteger sharers = new AtomicInteger();
  private final List<LongConsumer> relievers = new CopyOnWriteArrayList<>();

  /** Makes one of so many bytes, of which nothing is in use. */
  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** Whether the heap is so small that buffers had better be. */
  public static boolean isSmall() {
    return heap() < 256L * 1024 * 1024;
  }

  /** The bytes that the heap of this JVM can grow to. */
  public static long heap() {
    return Runtime.getRuntime().maxMemory();
  }

  /**
   * Takes so many bytes, if there are so many left.
   *
   * @return false when there are not; nothing is taken then
   */
  public boolean reserve(long bytes) {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** {@link #reserve} for what can be done without: more than half of all is not for that. */
  public boolean reserveSpare(long bytes) {
    return used.get() + bytes <= limit / 2 && reserve(bytes);
  }

  /**
   * Whether somebody who holds so many bytes of it may take more. The last quarter is for those who
   * hold less than {@code few}, so that one who holds much leaves something for the others.
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
  public long share() {
    return (limit - limit / 8) / Math.max(2, sharers.get());
  }

  /** Has {@code reliever} called when so many bytes are wanted and not there. */
  public void onShortage(LongConsumer reliever) {
    relievers.add(reliever);
  }

  /** Has it no longer called. */
  public void remove(LongConsumer reliever) {
    relievers.remove(reliever);
  }

  /** Asks those who can for so many bytes to be released. */
  public void relieve(long bytes) {
    for (LongConsumer reliever : relievers) {
      reliever.accept(bytes);
    }
  }

  /** Takes so many bytes though they may not be left: they are in use already. */
  public void take(long bytes) {
    used.addAndGet(bytes);
  }

  /** Gives back what {@link #reserve} or {@link #take} took. */
  public void release(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Whether as much as there is, or more, is in use. */
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
