package dev.hubkit.nats.replication;

import java.util.SortedSet;

/**
 * An entry of the log of a group.
 *
 * @param index its place in the log, from 1
 * @param term the term of the leader that has written it
 * @param content what it says
 * @param <C> the commands of the group
 */
public record LogEntry<C>(long index, long term, Content<C> content) {
  /** What an entry says. */
  public sealed interface Content<C> {}

  /** What is to be done by every replica. */
  public record Command<C>(C value) implements Content<C> {}

  /** Which servers have replicas from this entry on, whether or not a majority has the entry. */
  public record Members<C>(SortedSet<String> names) implements Content<C> {}

  /**
   * The first entry of a leader. When a majority has it, a majority has everything before it, too,
   * which a leader cannot tell of the entries of earlier leaders otherwise.
   */
  public record TermBegin<C>() implements Content<C> {}
}
