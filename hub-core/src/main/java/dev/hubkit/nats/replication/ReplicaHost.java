package dev.hubkit.nats.replication;

import dev.hubkit.time.Timer;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Replica} runs on: a server with a clock, links to other servers, and what the log
 * changes. It calls the replica from one thread at a time, and never from within one of these
 * methods.
 *
 * @param <C> the commands of the group
 * @param <S> its snapshots
 */
public interface ReplicaHost<C, S> {
  /**
   * Sends a message. It is lost when the link is cut, or either server ends, before it arrives,
   * even if that is over by then; later ones may overtake it.
   */
  void send(String peer, ReplicaMessage<C, S> message);

  /** Returns whether what the peer sends arrives here now: it runs, and its link is not cut. */
  boolean hears(String peer);

  /** Returns whether what is sent to the peer arrives there now, or when it goes on. */
  boolean reaches(String peer);

  /** Runs a task once, in so many nanoseconds, unless the timer is cancelled before. */
  Timer schedule(long delayNanos, Runnable task);

  /** Returns a random number from 0 to below {@code bound}. */
  long random(long bound);

  /** Applies an entry that a majority has. Entries come in order, each once. */
  void apply(LogEntry<C> entry);

  /** Returns the state after all that was applied. */
  S snapshot();

  /** Replaces the state by one of the leader. */
  void restore(S snapshot);

  /**
   * Returns whether a state is still being taken over, and would not be there after a kill. {@link
   * Replica#restored} is called when it is.
   */
  default boolean isRestoring() {
    return false;
  }

  /** Notes the {@link Replica#standing} of the replica, which has changed. */
  void changed(Standing standing);

  /** Notes that the replica led and has heard of no majority for too long. */
  void quorumLost();

  /**
   * The part that a replica plays.
   *
   * @param term the term it is in
   * @param leader the leader of this term; null as long as none is known. The replica itself is
   *     named only once it has applied all that was committed before its term
   */
  record Standing(long term, @Nullable String leader) {}
}
