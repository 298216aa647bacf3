package dev.hubkit.nats.peer;

/**
 * The traffic of connections to other servers, and how many of them were closed.
 *
 * @param slow those closed because the other server was too slow
 * @param stale those closed because the other server did not answer pings
 */
public record PeerTotals(
    long inMessages, long inBytes, long outMessages, long outBytes, long slow, long stale) {
  /** Nothing yet. */
  public static final PeerTotals NONE = new PeerTotals(0, 0, 0, 0, 0, 0);

  /** Returns both together. */
  public PeerTotals plus(PeerTotals other) {
    return new PeerTotals(
        inMessages + other.inMessages,
        inBytes + other.inBytes,
        outMessages + other.outMessages,
        outBytes + other.outBytes,
        slow + other.slow,
        stale + other.stale);
  }
}
