package dev.hubkit.junit.cluster;

import dev.hubkit.time.DurationText;
import java.time.Duration;

/**
 * What one server of a hub sends to another, as it arrives there: messages of clients, and what is
 * replicated. The other direction is a link of its own. Thread-safe.
 */
public final class ClusterLink {
  private final HubCluster cluster;
  private final String from;
  private final String to;

  private ClusterLink(HubCluster cluster, String from, String to) {
    this.cluster = cluster;
    this.from = from;
    this.to = to;
  }

  /** The first half of {@code hub.cluster().link(one).to(other)}. */
  public static final class From {
    private final HubCluster cluster;
    private final String from;

    From(HubCluster cluster, String from) {
      this.cluster = cluster;
      this.from = from;
    }

    /** Returns the link to another server. */
    public ClusterLink to(ClusterServer other) {
      return new ClusterLink(cluster, from, other.name());
    }
  }

  /**
   * Has everything arrive so much later from now on.
   *
   * @param delay in the time of the hub; zero for no delay
   * @throws IllegalArgumentException if it is negative
   */
  public void delay(Duration delay) {
    cluster.nats().delay(from, to, delay);
    cluster.tell(from, "is heard by " + to + " " + DurationText.of(delay) + " later");
  }

  /**
   * Cuts the link in this direction: what is sent waits until {@link HubCluster#heal()}. Neither
   * server learns of it, as with a network that loses packets.
   */
  public void cut() {
    cluster.nats().cut(from, to);
    cluster.tell(from, "is not heard by " + to);
  }

  @Override
  public String toString() {
    return "the link from " + from + " to " + to;
  }
}
