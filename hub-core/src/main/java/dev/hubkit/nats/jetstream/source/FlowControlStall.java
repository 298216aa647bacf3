package dev.hubkit.nats.jetstream.source;

/**
 * Notices that a consumer keeps waiting for the same answer to its flow control, although it was
 * answered: the answers do not reach it. Not thread-safe.
 */
final class FlowControlStall {
  /** After how many heartbeats that say the same nats-server reports it. */
  private static final int HEARTBEATS = 3;

  private static final String FLOW_CONTROL = "$JS.FC.";

  private String awaited = "";
  private int heartbeats;

  /**
   * Returns whether a subject is one for answers to flow control. Whoever can publish to the
   * subject of the deliveries also chooses the subjects that are answered.
   */
  static boolean isAnswerable(String subject) {
    return subject.startsWith(FLOW_CONTROL);
  }

  /**
   * Notes a heartbeat that tells which answer the consumer awaits.
   *
   * @return whether to report that its answers do not reach the consumer
   */
  public boolean heard(String subject) {
    if (!subject.equals(awaited)) {
      awaited = subject;
      heartbeats = 0;
    }
    return ++heartbeats == HEARTBEATS;
  }

  /** Notes that the consumer awaits nothing; returns whether it did. */
  public boolean clear() {
    boolean stalled = !awaited.isEmpty();
    awaited = "";
    heartbeats = 0;
    return stalled;
  }
}
