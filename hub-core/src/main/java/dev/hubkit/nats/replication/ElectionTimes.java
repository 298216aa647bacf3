package dev.hubkit.nats.replication;

/**
 * How patient replicas are. Nobody sends heartbeats: the links tell who hears whom, so nothing
 * happens while all is well, and no slow machine looks like a dead one.
 *
 * @param shortestNanos how long a replica without a leader waits at least before it tries to become
 *     one
 * @param longestNanos how long it waits at most, at first; each attempt that fails doubles both, up
 *     to 64 times
 * @param quorumNanos how long a leader goes on that reaches no majority
 */
public record ElectionTimes(long shortestNanos, long longestNanos, long quorumNanos) {
  private static final int MOST_DOUBLINGS = 6;

  public ElectionTimes {
    if (shortestNanos <= 0 || longestNanos <= shortestNanos || quorumNanos <= 0) {
      throw new IllegalArgumentException(
          "Times of elections are positive, and the longest is longer than the shortest: "
              + shortestNanos
              + ", "
              + longestNanos
              + ", "
              + quorumNanos);
    }
  }

  /** Returns how long to wait before an attempt, after so many that have failed. */
  long patience(int failed, ReplicaHost<?, ?> host) {
    long nanos = shortestNanos + host.random(longestNanos - shortestNanos);
    return nanos << Math.min(failed, MOST_DOUBLINGS);
  }
}
