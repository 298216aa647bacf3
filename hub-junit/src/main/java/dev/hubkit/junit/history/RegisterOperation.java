package dev.hubkit.junit.history;

/**
 * An operation on a register. It took effect, if at all, between its beginning and its end.
 *
 * @param begin the number of the event with which it began
 * @param end the number of the event with which it ended; {@link #UNANSWERED} if it may still take
 *     effect, or never
 * @param endTime when it ended, in nanoseconds since the epoch
 * @param who names the client
 * @param text describes what was asked and answered
 */
record RegisterOperation(
    long begin, long end, long endTime, String who, String text, RegisterAction action) {
  static final long UNANSWERED = Long.MAX_VALUE;

  boolean isAnswered() {
    return end != UNANSWERED;
  }

  /** Returns the operation as it was known before it was answered. */
  RegisterOperation unanswered() {
    RegisterAction known =
        action instanceof RegisterAction.Write write
            ? new RegisterAction.Write(
                write.value(), write.expected(), RegisterAction.UNKNOWN, write.expires())
            : action;
    return new RegisterOperation(begin, UNANSWERED, Long.MAX_VALUE, who, text, known);
  }

  /** Returns the operation as one that need not have happened. */
  RegisterOperation optional() {
    return new RegisterOperation(begin, UNANSWERED, Long.MAX_VALUE, who, text, action);
  }

  /** Returns whether the operation left the register as it was. */
  boolean isObservation() {
    return action instanceof RegisterAction.Read || action instanceof RegisterAction.Refused;
  }
}
