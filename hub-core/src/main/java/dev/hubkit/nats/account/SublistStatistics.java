package dev.hubkit.nats.account;

/**
 * What the subscriptions of an account, or of several together, have been through: nats-server's
 * {@code SublistStats}.
 *
 * @param subscriptions how many there are now
 * @param cached of how many subjects the subscriptions are known by heart
 * @param inserts how many subscriptions there have been
 * @param removes how many have ended
 * @param matches how often the subscriptions of a subject were looked up for a client that did not
 *     know them
 * @param hits how many of these lookups the cache has answered
 * @param maxFanout the most subscriptions of a cached subject
 * @param fanout the subscriptions of all cached subjects
 */
public record SublistStatistics(
    long subscriptions,
    long cached,
    long inserts,
    long removes,
    long matches,
    long hits,
    int maxFanout,
    long fanout) {
  /** Those of no account. */
  public static final SublistStatistics NONE = new SublistStatistics(0, 0, 0, 0, 0, 0, 0, 0);

  /** Returns those of both together. */
  public SublistStatistics plus(SublistStatistics other) {
    return new SublistStatistics(
        subscriptions + other.subscriptions,
        cached + other.cached,
        inserts + other.inserts,
        removes + other.removes,
        matches + other.matches,
        hits + other.hits,
        Math.max(maxFanout, other.maxFanout),
        fanout + other.fanout);
  }

  /** Returns how much of the lookups the cache has answered, from 0 to 1. */
  public double hitRate() {
    return matches == 0 ? 0 : (double) hits / matches;
  }

  /** Returns how many subscriptions a cached subject has on average. */
  public double averageFanout() {
    return cached == 0 ? 0 : (double) fanout / cached;
  }
}
