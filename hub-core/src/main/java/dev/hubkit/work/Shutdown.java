package dev.hubkit.work;

import dev.hubkit.log.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What has been opened, to be closed in the opposite order: each thing within its time, whatever it
 * throws. What fails is tried once more when the others are closed; what hangs is left alone, and
 * logged with what it is at.
 *
 * <p>Each thing is closed on a thread of its own, so that the one that closes is never held up for
 * longer. Thread-safe.
 */
public final class Shutdown implements AutoCloseable {
  private static final Log log = Log.of(Shutdown.class);

  private final String owner;
  private final Supervisor supervisor;
  private final List<Step> steps = new ArrayList<>();
  private boolean begun;

  /**
   * Has nothing to close yet.
   *
   * @param owner whose things these are; begins the names of the threads that close them
   */
  public Shutdown(String owner) {
    this.owner = owner;
    this.supervisor = new Supervisor(owner);
  }

  private static final class Step {
    private final String what;
    private final Duration patience;
    private final Supervisor.Work work;
    // Written by the thread that closes it.
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
   * Has something closed before everything that was added before.
   *
   * @param what what it is, for the log: "the event loops"
   * @param patience how long closing it may take
   * @param close closes it; called twice if it fails
   */
  public synchronized void add(String what, Duration patience, Supervisor.Work close) {
    steps.add(new Step(what, patience, close));
  }

  /**
   * Whether a thread is the present one, or has called for what the present one closes: it must not
   * be waited for.
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

  /** Whether it need not be tried again: it is closed, or hangs. */
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

  // Without memory for a thread it is closed on this one.
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
    Throwable at = new Throwable("what it is at");
    at.setStackTrace(closer.getStackTrace());
    log.error(
        "{}: {} takes longer than {} s, and is left alone",
        owner,
        step,
        step.patience.toSeconds(),
        at);
  }

  /**
   * Waits until a thread has ended, through interrupts, which are set again.
   *
   * @param nanos how long at most
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
