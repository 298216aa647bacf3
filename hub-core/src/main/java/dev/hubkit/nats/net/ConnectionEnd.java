package dev.hubkit.nats.net;

import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done when a connection is closed, each thing once. One that fails, for one because
 * there is no memory, keeps none of the others from being done, and can be tried again. Used by one
 * thread at a time; nothing here needs memory by itself.
 */
final class ConnectionEnd {
  /** A connection that is closed, and what is to be done then. */
  interface Closing {
    void endTimers();

    void endSubscriptions();

    void leaveAccount();

    /** Waits for what is left to be written. */
    void beginToLeave();

    /** Is not among those that are open any more. */
    void depart(CloseReason reason);

    void tellOfEnd(CloseReason reason);

    /** Tries again what could not be done; returns false when something still could not. */
    boolean completeEnd();
  }

  private static final Step[] STEPS = Step.values();
  private static final int ALL = (1 << STEPS.length) - 1;

  private final Closing connection;
  private final Supervisor supervisor;
  private int done;

  /** The next one that is not complete; guarded by the list it is in. */
  @Nullable ConnectionEnd next;

  ConnectionEnd(Closing connection, Supervisor supervisor) {
    this.connection = connection;
    this.supervisor = supervisor;
  }

  private enum Step {
    TIMERS,
    SUBSCRIPTIONS,
    ACCOUNT,
    LEAVING,
    DEPARTED,
    OBSERVERS
  }

  /**
   * Does what has not been done yet.
   *
   * @return false when something could not be done
   */
  boolean complete(CloseReason reason) {
    for (int i = 0; i < STEPS.length; i++) {
      if ((done & 1 << i) == 0) {
        try {
          WorkStep.CONNECTION_CLOSE.reach();
          act(STEPS[i], reason);
          done |= 1 << i;
        } catch (Throwable failure) {
          supervisor.failed("closing a connection", failure, null);
        }
      }
    }
    return done == ALL;
  }

  /** {@link #complete(CloseReason)} once more. */
  boolean complete() {
    return connection.completeEnd();
  }

  private void act(Step step, CloseReason reason) {
    switch (step) {
      case TIMERS -> connection.endTimers();
      case SUBSCRIPTIONS -> connection.endSubscriptions();
      case ACCOUNT -> connection.leaveAccount();
      case LEAVING -> connection.beginToLeave();
      case DEPARTED -> connection.depart(reason);
      case OBSERVERS -> connection.tellOfEnd(reason);
    }
  }
}
