package dev.hubkit.workspace;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A step of a start or a stop at which a test can hold a process, in order to kill it there, or
 * make it fail. For tests only: with the system property {@value #PROPERTY} set to the name of a
 * step, a process that reaches it says so on its standard error and goes no further; with {@code
 * :io} behind the name, the step fails as it would on a full disk. Without the property, a step
 * costs one look at a constant.
 */
public enum FailPoint {
  /** The launcher is about to start the child. */
  LAUNCH_BEGUN(Side.LAUNCHER),
  /** The launcher has started the child and waits for it. */
  LAUNCH_WAITING(Side.LAUNCHER),
  /** The launcher has seen both servers answer. */
  LAUNCH_READY(Side.LAUNCHER),
  /** The owner has the lock and has written nothing. */
  START_LOCKED(Side.OWNER),
  /** The owner has recorded itself. */
  START_ANNOUNCED(Side.OWNER),
  /** The new repository is complete under its temporary name. */
  START_SEEDING(Side.OWNER),
  /** The new repository has its name. */
  START_SEEDED(Side.OWNER),
  /** Both servers answer, and the record does not say so yet. */
  START_SERVING(Side.OWNER),
  /** Ports, pid and URL files are written, the record that says "ready" is not. */
  START_PUBLISHING(Side.OWNER),
  /** The stopper has asked the owner to end. */
  STOP_TOLD(Side.STOPPER),
  /** The owner has ended, and the stopper is about to clear up after it. */
  STOP_CLEARING(Side.STOPPER),
  /** The owner begins to stop, and nothing has happened yet. */
  STOP_BEGUN(Side.OWNER),
  /** The owner has recorded that it stops. */
  STOP_RECORDED(Side.OWNER),
  /** Both servers have stopped, and all files are still there. */
  STOP_SERVED(Side.OWNER),
  /** Pid and URL files are gone, and the lock is still held. */
  STOP_CLEARED(Side.OWNER);

  /** The system property that arms one step in this process. */
  public static final String PROPERTY = "hub.failpoint";

  /** The beginning of the line on standard error that names the step at which a process is held. */
  public static final String HELD_MARK = "hub: held at ";

  private static final @Nullable String ARMED = System.getProperty(PROPERTY);

  private final Side side;

  FailPoint(Side side) {
    this.side = side;
  }

  /** Whose step it is. */
  public enum Side {
    /** The process that launches a detached hub. */
    LAUNCHER,
    /** The process that runs the hub. */
    OWNER,
    /** The process that stops it. */
    STOPPER
  }

  /** Whose step it is. */
  public Side side() {
    return side;
  }

  /**
   * Marks that the process has reached this step.
   *
   * @throws IOException if a test makes the step fail
   */
  public void reach() throws IOException {
    if (ARMED != null) {
      obey(ARMED);
    }
  }

  private void obey(String armed) throws IOException {
    if (armed.equals(name())) {
      System.err.println(HELD_MARK + name());
      System.err.flush();
      while (true) {
        LockSupport.park(this);
      }
    }
    if (armed.equals(name() + ":io")) {
      throw new IOException("No space left on device (" + PROPERTY + "=" + armed + ")");
    }
  }
}
