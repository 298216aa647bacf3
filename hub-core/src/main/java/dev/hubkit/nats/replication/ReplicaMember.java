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

  /**
   * Returns whether a state of the leader is still being taken over, and would not be there after a
   * kill. Meanwhile nothing is confirmed to the leader. {@link ReplicaGroup#restored} is to be
   * called when it is.
   */
  default boolean isRestoring() {
    return false;
  }

  /** Notes that there is another leader, or none, or another term. */
  void changed(Standing standing);

  /** Notes that the replica led and has heard of no majority for too long. */
  void quorumLost();

  /**
   * Returns the last command whose effect would still be there after a kill. Other than the rest,
   * this may be called at any time, also after the end.
   *
   * @param applied the last entry that was applied, which need not be a command
   */
  default long kept(long applied) {
    return applied;
  }

  /** Returns whether there is nothing yet, as the log of a group that begins says. */
  default boolean isBlank() {
    return true;
  }

  /**
   * Takes over from the member of the last start of the server, before anything is applied.
   *
   * @param applied the last entry that was applied there, which need not be a command
   * @return the last entry whose effect is in the state here; negative when that is not known, and
   *     the state is as good as lost
   */
  default long resume(ReplicaMember<C, S> before, long applied) {
    return applied;
  }
}
