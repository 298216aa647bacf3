package dev.hubkit.bench;

/**
 * What a measurement found.
 *
 * @param value in the unit that the row's name says
 * @param more whether more is better
 * @param processorMicros processor time of the server for one operation; NaN where it says nothing
 */
record Figure(double value, boolean more, double processorMicros) {
  /** Operations a second: the more the better. */
  static Figure rate(double operations, Stopwatch watch) {
    return new Figure(operations / watch.seconds(), true, watch.processorMicros(operations));
  }

  /** A time or a size: the less the better. */
  static Figure cost(double value) {
    return new Figure(value, false, Double.NaN);
  }

  /** A time, with what one of {@code operations} took of the server's processors. */
  static Figure cost(double value, double operations, Stopwatch watch) {
    return new Figure(value, false, watch.processorMicros(operations));
  }
}
