package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.jetstream.runtime.ClusterAccount;

/**
 * What makes the streams of an account on a server replicas of those on other servers of its
 * cluster. Thread-safe.
 */
public interface StreamReplication extends ClusterAccount {
  /**
   * Has a stream that has not started follow until it is to lead.
   *
   * @return whether the cluster has the stream; one that it does not have must not start
   */
  boolean replicate(Stream stream);
}
