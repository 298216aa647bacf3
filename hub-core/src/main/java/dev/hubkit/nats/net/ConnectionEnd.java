package dev.hubkit.nats.net;

import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import org.jspecify.annotations.Nullable;

/**
 * The steps that end a connection, each of them done once. A step that fails, for example for lack
 * of memory, does not prevent the others and can be tried again. Used by one thread at a time;
 * allocates nothing by itself.
 */
final class ConnectionEnd {
  /** The connection that ends, with its steps. */
  interface Closing {
    void endTimers();

    void endSubscriptions();

    void leaveAccount();

    /** Waits until what is left is written. */
    void awaitWrites();

    /** Takes the connection off the list of open ones. */
    void unregister(CloseReason reason);

    void notifyObservers(CloseReason reason);

    /** Tries the failed steps again; returns false when one still fails. */
    boolean completeEnd();
  }

  private static final Step[] STEPS = Step.values();
  private static final int ALL = (1 << STEPS.length) - 1;

  private final Closing connection;
  private final Supervisor supervisor;
  private int done;

  /** The next incomplete end in its list, which guards this field. */
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
   * Does the steps that are not done yet.
   *
   * @return false when a step has failed
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
      case LEAVING -> connection.awaitWrites();
      case DEPARTED -> connection.unregister(reason);
      case OBSERVERS -> connection.notifyObservers(reason);
    }
  }
}
