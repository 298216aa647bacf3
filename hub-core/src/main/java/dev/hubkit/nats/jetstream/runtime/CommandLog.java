package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.account.WorkBatch;

/**
 * Where a stream that has replicas puts its commands, so that all replicas do the same. Confined to
 * the stream's executor.
 */
public interface CommandLog {
  /** Is told what has become of a command. */
  @FunctionalInterface
  interface Answer {
    /**
     * Notes that a majority has the command, and that it is done here.
     *
     * @param result how many messages it has removed or stored
     */
    void applied(long result, WorkBatch batch);
  }

  /** Returns whether this replica leads, and so may propose. */
  boolean isLeading();

  /** Proposes a command at the end of the round; nothing happens if the replica does not lead. */
  void propose(StreamCommand command);

  /**
   * Proposes a command, and answers when it is done. There is no answer if the replica ceases to
   * lead before: nobody knows then what becomes of the command.
   */
  void propose(StreamCommand command, Answer answer);

  /** Notes that this replica can't do what the others do, because its store has failed. */
  void failed(Throwable failure);
}
