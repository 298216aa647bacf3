package dev.hubkit.bench;

/**
 * The result of a measurement.
 *
 * @param value in the unit that the row's name says
 * @param more whether a larger value is better
 * @param processorMicros processor time of the server for one operation; NaN where it means nothing
 */
record Figure(double value, boolean more, double processorMicros) {
  /** Returns operations a second: more is better. */
  static Figure rate(double operations, Stopwatch watch) {
    return new Figure(operations / watch.seconds(), true, watch.processorMicros(operations));
  }

  /** Returns a time or a size: less is better. */
  static Figure cost(double value) {
    return new Figure(value, false, Double.NaN);
  }

  /**
   * Returns a time, with the processor time that the server spent on each of {@code operations}.
   */
  static Figure cost(double value, double operations, Stopwatch watch) {
    return new Figure(value, false, watch.processorMicros(operations));
  }
}
