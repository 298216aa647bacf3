package dev.hubkit.junit.explore;

/**
 * Decides when the clients have done what they are going to do. All times are in nanoseconds of the
 * machine.
 */
interface WaitPolicy {
  /**
   * Returns whether a client that is held back may go on.
   *
   * @param idle how long no client has done anything
   * @param heldFor how long it has been held back
   * @param overtaken whether another client has done what the held one was to come after
   */
  boolean mayRelease(long idle, long heldFor, boolean overtaken);

  /**
   * Returns whether the hub's time may pass until messages are delivered again.
   *
   * @param idle how long no client has done anything
   * @param overdueFor how long no more messages have become overdue
   * @param working whether clients work on messages that they have not acknowledged
   * @param awaited whether clients are to reconnect, or to publish once more
   */
  boolean mayAdvance(long idle, long overdueFor, boolean working, boolean awaited);
}
