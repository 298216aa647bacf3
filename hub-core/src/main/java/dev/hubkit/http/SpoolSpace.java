package dev.hubkit.http;

import java.util.concurrent.atomic.AtomicLong;

/** How much all spools of one sort may hold. Thread-safe. */
final class SpoolSpace {
  private final AtomicLong memory;
  private final long diskLimit;
  private final AtomicLong disk = new AtomicLong();

  /**
   * Makes a space.
   *
   * @param memory the bytes of memory that are left, which several spaces may share
   * @param diskLimit the most bytes in files
   */
  SpoolSpace(AtomicLong memory, long diskLimit) {
    this.memory = memory;
    this.diskLimit = diskLimit;
  }

  boolean takeMemory(long bytes) {
    if (memory.addAndGet(-bytes) >= 0) {
      return true;
    }
    memory.addAndGet(bytes);
    return false;
  }

  void giveMemory(long bytes) {
    memory.addAndGet(bytes);
  }

  boolean takeDisk(long bytes) {
    if (disk.addAndGet(bytes) <= diskLimit) {
      return true;
    }
    disk.addAndGet(-bytes);
    return false;
  }

  void giveDisk(long bytes) {
    disk.addAndGet(-bytes);
  }

  /** Bytes in files. */
  long disk() {
    return disk.get();
  }
}
