package dev.hubkit.work;

/**
 * The part of a {@link MemoryBudget} that one piece of work has reserved and releases when it ends.
 * For one thread at a time.
 */
public final class MemoryShare implements AutoCloseable {
  private static final int PIECE = 32 * 1024;

  private final MemoryBudget budget;
  private final String what;
  private final long free;
  private long needed;
  private long reserved;

  /**
   * Makes an empty share.
   *
   * @param what what the memory is for, for the message of a refusal
   * @param free how many bytes need no reservation
   */
  public MemoryShare(MemoryBudget budget, String what, long free) {
    this.budget = budget;
    this.what = what;
    this.free = free;
  }

  /**
   * Reserves more bytes. The last quarter of the budget is for shares of less than an eighth of it,
   * so that a few large ones leave something for the small ones.
   *
   * @throws MemoryShortageException if not enough are left
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

  /** Releases the whole share; more can be added again. */
  @Override
  public void close() {
    budget.release(reserved);
    reserved = 0;
    needed = 0;
  }
}
