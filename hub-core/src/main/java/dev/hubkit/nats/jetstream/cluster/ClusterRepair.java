package dev.hubkit.nats.jetstream.cluster;

/** Has streams and consumers be where they can be, when servers of a cluster leave and come. */
public interface ClusterRepair {
  /** Has other servers take the place of one that does not come back. */
  void replace(String server);

  /** Brings streams that have too few servers to one that has come. */
  void fill(String server);
}
