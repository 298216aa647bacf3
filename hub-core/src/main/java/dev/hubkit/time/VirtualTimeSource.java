package dev.hubkit.time;

import dev.hubkit.log.Log;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Time that flows like the machine's until it is frozen, and that can be moved forward either way.
 * It never goes back.
 *
 * <p>Timers run one at a time: on a daemon thread of this source as they fall due, or within {@link
 * #advance} on the thread that calls it, in the order of their deadlines, those of one deadline in
 * the order they were scheduled, and each sees its own deadline as the current time.
 *
 * <p>Thread-safe. The first timer starts the thread, and {@link #close()} ends it.
 */
public final class VirtualTimeSource implements TimeSource, AutoCloseable {
  private static final Log log = Log.of(VirtualTimeSource.class);
  private static final Timer NEVER = () -> {};
  private static final long LONGEST_WAIT_NANOS = Duration.ofHours(1).toNanos();

  private final String threadName;
  private final Supervisor supervisor;
  private final long epochOrigin;
  private final Deadlines deadlines = new Deadlines();

  /** Held by the thread that runs timers or changes how time flows. */
  private final ReentrantLock turn = new ReentrantLock();

  private volatile Flow flow;

  // Guarded by the monitor of the deadlines, which is notified when one of these changes.
  private @Nullable Thread thread;
  private boolean closed;

  /**
   * How time flows.
   *
   * @param elapsed nanoseconds of this source when it began to flow so
   * @param since the machine's nanoseconds at that moment
   */
  private record Flow(boolean flowing, long elapsed, long since) {
    static Flow from(long elapsed, boolean flowing) {
      return new Flow(flowing, elapsed, System.nanoTime());
    }

    long now() {
      return flowing ? elapsed + (System.nanoTime() - since) : elapsed;
    }
  }

  /** Makes a source whose time flows on from the machine's present time. */
  public VirtualTimeSource(String threadName) {
    this.threadName = threadName;
    this.supervisor = new Supervisor(threadName);
    Instant now = Instant.now();
    this.epochOrigin = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    this.flow = Flow.from(0, true);
  }

  @Override
  public long epochNanos() {
    return epochOrigin + flow.now();
  }

  @Override
  public long nanoTime() {
    return flow.now();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    synchronized (deadlines) {
      if (closed) {
        // A server that shuts down needs no more timers.
        return NEVER;
      }
      long before = deadlines.next();
      Deadlines.Deadline deadline = deadlines.add(Deadlines.due(flow.now(), delayNanos), task);
      if (thread == null) {
        Thread made = new Thread(this::run, threadName);
        made.setDaemon(true);
        made.start();
        thread = made;
      } else if (deadline.at() < before) {
        deadlines.notifyAll();
      }
      return () -> deadlines.remove(deadline);
    }
  }

  private void run() {
    while (!isClosed()) {
      try {
        if (awaitDue()) {
          runDue();
        }
      } catch (Throwable failure) {
        supervisor.failed("waiting for a timer", failure, null);
      }
    }
  }

  private boolean isClosed() {
    synchronized (deadlines) {
      return closed;
    }
  }

  private void runDue() {
    turn.lock();
    try {
      Deadlines.Deadline next = deadlines.poll(flow.now());
      if (next != null) {
        run(next);
      }
    } finally {
      turn.unlock();
    }
  }

  /** Waits until a timer is due; false when this is closed. */
  private boolean awaitDue() {
    synchronized (deadlines) {
      while (!closed) {
        Flow present = flow;
        long left = deadlines.next() - present.now();
        if (left <= 0) {
          return true;
        }
        try {
          long wait = present.flowing ? Math.min(left, LONGEST_WAIT_NANOS) : LONGEST_WAIT_NANOS;
          deadlines.wait(wait / 1_000_000, (int) (wait % 1_000_000));
        } catch (InterruptedException e) {
          // No code has a reason to interrupt this thread; a task that did so meant something else.
          log.debug("Interrupted", e);
        }
      }
      return false;
    }
  }

  private void run(Deadlines.Deadline due) {
    try {
      WorkStep.TIMER_DUE.reach();
      due.task().run();
    } catch (Throwable failure) {
      supervisor.failed(due.task(), failure);
    }
  }

  /** {@link #advance(Duration, Runnable)} without waiting for anything in between. */
  public void advance(Duration by) {
    advance(by, () -> {});
  }

  /**
   * Moves time forward and runs every timer that falls due on the way, also those that the timers
   * themselves schedule. Meanwhile time only steps from one timer to the next; afterwards it flows
   * or stands still as before.
   *
   * @param settled waits until the work that a timer started elsewhere is done; called before the
   *     first timer and after each
   * @throws IllegalArgumentException if {@code by} is negative
   * @throws IllegalStateException if a timer's task calls this
   */
  public void advance(Duration by, Runnable settled) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("Time can't be moved back: " + by);
    }
    move(start -> Deadlines.due(start, by.toNanos()), settled, task -> {});
  }

  /**
   * Moves time forward to the next timer, or by {@code atMost} if no timer is due before, and runs
   * the timers that are due then, as {@link #advance(Duration, Runnable)} does.
   *
   * @return the names of the timers that ran
   * @throws IllegalArgumentException if {@code atMost} is negative
   * @throws IllegalStateException if a timer's task calls this
   */
  public List<String> advanceToNextTimer(Duration atMost, Runnable settled) {
    if (atMost.isNegative()) {
      throw new IllegalArgumentException("Time can't be moved back: " + atMost);
    }
    List<String> ran = new ArrayList<>();
    move(
        start ->
            Math.min(Math.max(start, deadlines.next()), Deadlines.due(start, Nanos.of(atMost))),
        settled,
        task -> ran.add(TimerName.of(task)));
    return ran;
  }

  /**
   * Moves time to a point, which is chosen when all work is done.
   *
   * @param choice returns the target of a start, in nanoseconds of this source
   * @param ran receives the task of each timer that runs
   */
  private void move(LongUnaryOperator choice, Runnable settled, Consumer<Runnable> ran) {
    turn.lock();
    try {
      if (turn.getHoldCount() > 1) {
        throw new IllegalStateException("A timer can't move time");
      }
      boolean flowing = flow.flowing;
      change(flow.now(), false);
      try {
        settled.run();
        long target = choice.applyAsLong(flow.now());
        for (Deadlines.Deadline next = deadlines.poll(target);
            next != null;
            next = deadlines.poll(target)) {
          change(Math.max(flow.now(), next.at()), false);
          ran.accept(next.task());
          run(next);
          settled.run();
        }
        change(target, false);
      } finally {
        change(flow.now(), flowing);
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * Describes the timer that is due next.
   *
   * @param name names it by what has set it
   * @param delay how long from now it is due; zero if it is due already
   */
  public record NextTimer(String name, Duration delay) {}

  /** Returns the timer that is due next; empty for none. */
  public Optional<NextTimer> nextTimer() {
    return Optional.ofNullable(deadlines.first())
        .map(
            first ->
                new NextTimer(
                    TimerName.of(first.task()),
                    Duration.ofNanos(Math.max(0, first.at() - flow.now()))));
  }

  /**
   * Makes time stand still: from now on timers fall due only by {@link #advance}. When this
   * returns, no timer runs, except one that calls this. Does nothing when time stands still
   * already.
   */
  public void freeze() {
    flow(false);
  }

  /** Lets time flow on from where it stands. Does nothing when it flows. */
  public void resume() {
    flow(true);
  }

  private void flow(boolean flowing) {
    turn.lock();
    try {
      if (flow.flowing != flowing) {
        change(flow.now(), flowing);
      }
    } finally {
      turn.unlock();
    }
  }

  /** Returns whether time stands still. */
  public boolean isFrozen() {
    return !flow.flowing;
  }

  /** Returns how many timers are waiting. */
  public int pendingTimers() {
    return deadlines.size();
  }

  private void change(long elapsed, boolean flowing) {
    synchronized (deadlines) {
      flow = Flow.from(elapsed, flowing);
      deadlines.notifyAll();
    }
  }

  /**
   * Drops all timers and ends the thread. Waits until it has ended, unless this is called on it or
   * the caller is interrupted. May be called more than once.
   */
  @Override
  public void close() {
    Thread running;
    synchronized (deadlines) {
      closed = true;
      deadlines.clear();
      deadlines.notifyAll();
      running = thread;
    }
    TimerThread.awaitEnd(running);
  }
}
