package dev.hubkit.hostile;

import java.util.Locale;

/**
 * What a process has taken up.
 *
 * @param heap bytes of the heap that are alive, after a collection
 * @param direct bytes of direct and mapped buffers
 * @param resident bytes of memory of the whole process; 0 where that is not known
 * @param threads how many it has
 * @param descriptors how many are open; 0 where that is not known
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
