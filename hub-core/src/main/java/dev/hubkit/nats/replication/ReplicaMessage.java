package dev.hubkit.nats.replication;

import java.util.List;
import java.util.SortedSet;

/**
 * What replicas of a group tell each other.
 *
 * @param <C> the commands of the group
 * @param <S> its snapshots
 */
public sealed interface ReplicaMessage<C, S> {
  /** Returns the term of the sender; of a request for votes, the term it wants to lead in. */
  long term();

  /**
   * Asks for a vote.
   *
   * @param probe only asks whether there would be one, so that a replica that cannot win disturbs
   *     nobody by a new term
   * @param handedOver the leader has asked for this election
   * @param lastIndex the last entry of the candidate
   * @param lastTerm the term of that entry
   */
  record VoteRequest<C, S>(
      long term, boolean probe, boolean handedOver, long lastIndex, long lastTerm)
      implements ReplicaMessage<C, S> {}

  /**
   * Answers a {@link VoteRequest}.
   *
   * @param asked the term of the request
   * @param whole whether the candidate has all that the voter has confirmed, or has it still
   * @param members who else is to be asked, as far as the voter knows
   */
  record VoteReply<C, S>(
      long term,
      long asked,
      boolean probe,
      boolean granted,
      boolean whole,
      SortedSet<String> members)
      implements ReplicaMessage<C, S> {}

  /**
   * Brings entries, and says how many a majority has.
   *
   * @param round tells requests before a rejection from those after it
   * @param previousIndex the entry before the first of these
   * @param previousTerm the term of that entry
   * @param committed the last entry of which the leader knows that a majority has it
   * @param lastIndex the last entry of the leader
   */
  record AppendRequest<C, S>(
      long term,
      long round,
      long previousIndex,
      long previousTerm,
      List<LogEntry<C>> entries,
      long committed,
      long lastIndex)
      implements ReplicaMessage<C, S> {}

  /**
   * Answers an {@link AppendRequest} or a {@link SnapshotTransfer}.
   *
   * @param accepted false if the previous entry is not there, or the term is over
   * @param match up to where the log is that of the leader
   */
  record AppendReply<C, S>(long term, long round, boolean accepted, long match)
      implements ReplicaMessage<C, S> {}

  /**
   * Brings the state of the leader to a replica that misses entries the leader has dropped.
   *
   * @param index the last entry that is in the state
   * @param indexTerm the term of that entry
   * @param members who had replicas then
   * @param lastIndex the last entry of the leader
   */
  record SnapshotTransfer<C, S>(
      long term,
      long round,
      long index,
      long indexTerm,
      SortedSet<String> members,
      S state,
      long lastIndex)
      implements ReplicaMessage<C, S> {}

  /** Asks a replica to have itself elected at once. */
  record HandOver<C, S>(long term) implements ReplicaMessage<C, S> {}

  /** Tells that the sender leads no more in this term. */
  record Resignation<C, S>(long term) implements ReplicaMessage<C, S> {}
}
