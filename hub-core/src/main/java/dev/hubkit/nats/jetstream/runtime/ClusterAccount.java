package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.jetstream.config.StreamConfig;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What the streams of an account on one server know of the cluster it belongs to: the streams that
 * the account has on whichever server, as far as this server has heard. Thread-safe.
 */
public interface ClusterAccount {
  /** Returns the configurations of all streams of the account, ordered by name. */
  Collection<StreamConfig> streams();

  /** Returns the configuration of the stream of this name, or null if there is none. */
  @Nullable StreamConfig configOf(String stream);

  /** Returns how many consumers a stream has, on whichever server, without direct ones. */
  int consumersOf(String stream);

  /** Returns the group of a stream; null if no server is to have it. */
  @Nullable GroupStatus groupOf(String stream);

  /** Returns the name of a stream's group, also of one server; empty if no server is to have it. */
  String raftGroupOf(String stream);

  /** Returns the name of a consumer's group, as of a stream's. */
  String raftGroupOf(String stream, String consumer);

  /** Returns the group of a consumer; null if no server is to have it. */
  @Nullable GroupStatus groupOf(String stream, String consumer);
}
