package dev.hubkit.hostile;

import java.util.Locale;

/**
 * The resources that a process uses.
 *
 * @param heap live bytes in the heap, after a collection
 * @param direct bytes of direct and mapped buffers
 * @param resident bytes of memory of the whole process; 0 where unknown
 * @param threads the number of threads
 * @param descriptors the number of open descriptors; 0 where unknown
 */
record Vitals(long heap, long direct, long resident, int threads, int descriptors) {
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "heap %.1f MB, direct buffers %.1f MB, resident %.0f MB, %d threads, %d descriptors",
        heap / 1e6,
        direct / 1e6,
        resident / 1e6,
        threads,
        descriptors);
  }
}
