package dev.hubkit.nats.replication;

import dev.hubkit.nats.replication.ReplicaHost.Standing;

/**
 * What a server has a replica for. The group calls it one call at a time, while it does nothing
 * else: an implementation hands over what takes long, and does not call the group; {@link
 * ReplicaGroup#afterwards} runs what would. The replica of one that throws is ended, and loses what
 * it had; the group goes on without it.
 *
 * @param <C> the commands of the group
 * @param <S> its snapshots
 */
public interface ReplicaMember<C, S> {
  /** Applies a command that a majority has. Commands come in order, each once. */
  void apply(long index, long term, C command);

  /** Returns the state after all that was applied. */
  S snapshot();

  /** Replaces the state by one of the leader. */
  void restore(S snapshot);

  /** Notes that there is another leader, or none, or another term. */
  void changed(Standing standing);

  /** Notes that the replica led and has heard of no majority for too long. */
  void quorumLost();
}
