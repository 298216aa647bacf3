package dev.hubkit.workspace;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A step of a start or a stop at which a test can have a process of its own held, to kill it there,
 * or fail. For tests only: with the system property {@value #PROPERTY} set to the name of a step,
 * the process that comes to it says so on its standard error and goes no further; with {@code :io}
 * behind the name, the step fails as it would on a full disk. Without the property a step costs the
 * look at a constant.
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
  /** Both servers answer; the record does not say so yet. */
  START_SERVING(Side.OWNER),
  /** Ports, pid and URL files are written, the record that says "ready" is not. */
  START_PUBLISHING(Side.OWNER),
  /** The stopper has told the owner to end. */
  STOP_TOLD(Side.STOPPER),
  /** The owner has ended, and the stopper is about to clear up after it. */
  STOP_CLEARING(Side.STOPPER),
  /** The owner begins to stop; nothing has happened. */
  STOP_BEGUN(Side.OWNER),
  /** The owner has recorded that it stops. */
  STOP_RETIRED(Side.OWNER),
  /** Both servers have stopped, all files are still there. */
  STOP_SERVED(Side.OWNER),
  /** Pid and URL files are gone, the lock is still held. */
  STOP_CLEARED(Side.OWNER);

  /** The system property that arms one of them in this process. */
  public static final String PROPERTY = "hub.failpoint";

  /** What the line on standard error begins with that tells which step a process is held at. */
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
    /** The process that is the hub. */
    OWNER,
    /** The process that stops it. */
    STOPPER
  }

  /** Whose step it is. */
  public Side side() {
    return side;
  }

  /**
   * Comes to this step.
   *
   * @throws IOException if a test wants it to
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
