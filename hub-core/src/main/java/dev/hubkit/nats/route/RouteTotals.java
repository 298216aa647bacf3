package dev.hubkit.nats.route;

/**
 * The traffic of routes, and how many of them were closed.
 *
 * @param slow routes closed because the other server was too slow
 * @param stale routes closed because the other server did not answer pings
 */
public record RouteTotals(
    long inMessages, long inBytes, long outMessages, long outBytes, long slow, long stale) {
  /** Nothing yet. */
  public static final RouteTotals NONE = new RouteTotals(0, 0, 0, 0, 0, 0);

  RouteTotals plus(RouteTotals other) {
    return new RouteTotals(
        inMessages + other.inMessages,
        inBytes + other.inBytes,
        outMessages + other.outMessages,
        outBytes + other.outBytes,
        slow + other.slow,
        stale + other.stale);
  }
}
