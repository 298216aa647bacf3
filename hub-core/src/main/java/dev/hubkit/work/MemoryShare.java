package dev.hubkit.work;

/**
 * What one piece of work has reserved of a {@link MemoryBudget}, and gives back when it ends. One
 * thread at a time.
 */
public final class MemoryShare implements AutoCloseable {
  private static final int PIECE = 32 * 1024;

  private final MemoryBudget budget;
  private final String what;
  private final long free;
  private long needed;
  private long reserved;

  /**
   * Makes one of nothing.
   *
   * @param what what the memory is for, for whoever is refused
   * @param free so many bytes are not worth the reservation
   */
  public MemoryShare(MemoryBudget budget, String what, long free) {
    this.budget = budget;
    this.what = what;
    this.free = free;
  }

  /**
   * Needs so many bytes more. The last quarter of the budget is for shares of less than an eighth
   * of it, so that a few large ones leave something for the small ones.
   *
   * @throws MemoryShortageException if there are not so many
   */
  public void add(long bytes) {
    needed += bytes;
    long missing = needed - free - reserved;
    if (missing > 0) {
      long wanted = Math.max(missing, PIECE);
      if (!budget.hasRoomFor(reserved, budget.limit() / 8) || !budget.reserve(wanted)) {
        throw new MemoryShortageException(what);
      }
      reserved += wanted;
    }
  }

  /** Gives all of it back; more can be added again. */
  @Override
  public void close() {
    budget.release(reserved);
    reserved = 0;
    needed = 0;
  }
}
