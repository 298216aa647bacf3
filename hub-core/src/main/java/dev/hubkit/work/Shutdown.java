package dev.hubkit.work;

import dev.hubkit.log.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes what has been opened, in the opposite order: each thing within its time, whatever it
 * throws. It tries again what failed when the others are closed, leaves alone what hangs, and logs
 * where that hangs.
 *
 * <p>It closes each thing on a thread of its own, so that the calling thread never waits longer.
 * Thread-safe.
 */
public final class Shutdown implements AutoCloseable {
  private static final Log log = Log.of(Shutdown.class);

  private final String owner;
  private final Supervisor supervisor;
  private final List<Step> steps = new ArrayList<>();
  private boolean begun;

  /**
   * Makes a shutdown with nothing to close yet.
   *
   * @param owner names the owner; the beginning of the names of the threads
   */
  public Shutdown(String owner) {
    this.owner = owner;
    this.supervisor = new Supervisor(owner);
  }

  private static final class Step {
    private final String what;
    private final Duration patience;
    private final Supervisor.Work work;
    // The thread that closes it writes this.
    private volatile boolean done;

    private Step(String what, Duration patience, Supervisor.Work work) {
      this.what = what;
      this.patience = patience;
      this.work = work;
    }

    @Override
    public String toString() {
      return "closing " + what;
    }
  }

  /** A thread that closes something for another. */
  private static final class Closer extends Thread {
    private final Thread caller;

    private Closer(Runnable work, String name) {
      super(work, name);
      this.caller = currentThread();
      setDaemon(true);
    }
  }

  /**
   * Adds something to close before everything that was added earlier.
   *
   * @param what what it is, for the log: "the event loops"
   * @param patience how long closing it may take
   * @param close closes it; called twice if it fails
   */
  public synchronized void add(String what, Duration patience, Supervisor.Work close) {
    steps.add(new Step(what, patience, close));
  }

  /**
   * Returns whether a thread is the calling thread, or waits for what the calling thread closes, so
   * that it must not be waited for.
   */
  public static boolean isCalledBy(Thread thread) {
    for (Thread at = Thread.currentThread(); ; at = ((Closer) at).caller) {
      if (at == thread) {
        return true;
      }
      if (!(at instanceof Closer)) {
        return false;
      }
    }
  }

  /** Closes everything; does nothing when that has begun already. */
  @Override
  public void close() {
    List<Step> open;
    synchronized (this) {
      if (begun) {
        return;
      }
      begun = true;
      open = List.copyOf(steps);
    }
    boolean complete = true;
    for (int i = open.size() - 1; i >= 0; i--) {
      complete &= close(open.get(i));
    }
    if (!complete) {
      for (int i = open.size() - 1; i >= 0; i--) {
        if (!open.get(i).done) {
          close(open.get(i));
        }
      }
    }
  }

  /**
   * Closes one thing; returns whether it need not be tried again, because it is closed or hangs.
   */
  private boolean close(Step step) {
    Runnable work =
        () ->
            supervisor.run(
                step,
                () -> {
                  WorkStep.SHUTDOWN.reach();
                  step.work.run();
                  step.done = true;
                });
    Closer closer = begin(work);
    if (closer == null || join(closer, step.patience.toNanos())) {
      return step.done;
    }
    report(step, closer);
    step.done = true;
    return true;
  }

  // Without memory for a thread, this one closes it.
  private @Nullable Closer begin(Runnable work) {
    try {
      Closer closer = new Closer(work, owner + "-close");
      closer.start();
      return closer;
    } catch (Throwable noThread) {
      supervisor.failed("starting a thread", noThread, null);
      work.run();
      return null;
    }
  }

  private void report(Step step, Closer closer) {
    Throwable at = new Throwable("where it hangs");
    at.setStackTrace(closer.getStackTrace());
    log.error(
        "{}: {} takes longer than {} s, and is left alone",
        owner,
        step,
        step.patience.toSeconds(),
        at);
  }

  /**
   * Waits until a thread has ended. Interrupts do not end the wait, and are set again afterwards.
   *
   * @param nanos how long to wait at most
   * @return whether it has ended
   */
  public static boolean join(Thread thread, long nanos) {
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    for (long left = nanos; thread.isAlive() && left > 0; left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
