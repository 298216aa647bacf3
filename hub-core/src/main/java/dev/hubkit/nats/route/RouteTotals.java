package dev.hubkit.nats.route;

/**
 * What has gone through routes, and how many were cut.
 *
 * @param slow routes whose other end took too little
 * @param stale routes whose other end did not answer pings
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
