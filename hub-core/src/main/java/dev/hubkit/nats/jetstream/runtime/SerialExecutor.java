package dev.hubkit.nats.jetstream.runtime;

import dev.hubkit.nats.account.Flushable;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tasks of one stream and its consumers one at a time, in the order they were submitted.
 * State that only tasks of one executor touch needs no lock.
 *
 * <p>The thread that finds the executor idle runs it, so a quiet stream needs no change of threads;
 * other threads only add their task. A busy executor moves to the workers, so that no stream holds
 * a network thread; every few milliseconds it lets others have its worker. An executor that waits
 * for the disk always runs on the workers: while one waits, more tasks come in, and the next round
 * makes all of them durable at once. After each round of tasks the {@code commit} task runs: it
 * makes durable what the round has changed, and only then tells clients.
 *
 * <p>A task or commit that throws ends only itself: the executor logs what was thrown and continues
 * with the next task. A client that waits for a task gets its answer from the task.
 *
 * <p>Thread-safe.
 */
public final class SerialExecutor implements Flushable {
  /** Rounds that a submitting thread runs before the workers take over. */
  private static final int BORROWED_ROUNDS = 4;

  // How long a busy executor keeps a worker while others may be waiting for one.
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final String name;
  private final Supervisor supervisor;
  private final Executor workers;
  private final boolean waits;
  private final Task commit;
  private final Object lock = new Object();
  private List<Task> pending = new ArrayList<>();
  private List<Task> spare = new ArrayList<>();
  private boolean running;
  private volatile @Nullable Thread runner;

  /**
   * Makes an idle executor.
   *
   * @param name for log messages
   * @param supervisor is told of failed tasks
   * @param workers run the executor when it stays busy
   * @param waits whether rounds wait for the disk, so that only the workers may run them
   * @param commit runs after every round of tasks, on the executor
   */
  public SerialExecutor(
      String name, Supervisor supervisor, Executor workers, boolean waits, Task commit) {
    this(name, supervisor, workers, waits, commit, false);
  }

  private SerialExecutor(
      String name,
      Supervisor supervisor,
      Executor workers,
      boolean waits,
      Task commit,
      boolean held) {
    this.name = name;
    this.supervisor = supervisor;
    this.workers = workers;
    this.waits = waits;
    this.commit = commit;
    this.running = held;
  }

  /** Makes an executor whose tasks wait until {@link #begin}; otherwise like the constructor. */
  public static SerialExecutor held(
      String name, Supervisor supervisor, Executor workers, boolean waits, Task commit) {
    return new SerialExecutor(name, supervisor, workers, waits, commit, true);
  }

  /** A step of work on the executor. */
  @FunctionalInterface
  public interface Task {
    /** Runs the task; {@code batch} belongs to the thread that runs the executor. */
    void run(WorkBatch batch);

    /** Returns a task that runs this one and then another, which also runs when this one fails. */
    default Task andFinally(Task last) {
      return batch -> {
        try {
          run(batch);
        } finally {
          last.run(batch);
        }
      };
    }
  }

  /**
   * Submits a task, to run at the end of {@code batch} unless another thread runs it earlier. When
   * this throws, for lack of memory, the task was not submitted.
   */
  public void submit(Task task, WorkBatch batch) {
    synchronized (lock) {
      pending.add(task);
      if (running) {
        return;
      }
    }
    try {
      batch.defer(this);
    } catch (Throwable e) {
      // The task is queued, but no thread would run it.
      supervisor.failed(this, e, null);
      flush(batch);
    }
  }

  /**
   * Submits a task and runs the executor if it is idle; for timers and other callers without a
   * batch of their own. If a task of this executor calls it, the new task runs after the current
   * one. When this throws, for lack of memory, the task was not submitted.
   */
  public void execute(Task task) {
    synchronized (lock) {
      if (running) {
        pending.add(task);
        return;
      }
    }
    WorkBatch batch = new WorkBatch();
    synchronized (lock) {
      pending.add(task);
      if (running) {
        return;
      }
    }
    flush(batch);
    deliver(batch);
  }

  /** Returns whether no task is running or waiting. */
  public boolean isIdle() {
    synchronized (lock) {
      return !running && pending.isEmpty();
    }
  }

  /**
   * Runs a task and then all tasks that were submitted meanwhile, on the caller's thread. To be
   * called once, on a {@link #held} executor.
   */
  public void begin(Task task) {
    Turn turn = new Turn();
    synchronized (lock) {
      pending.add(0, task);
    }
    turn.run();
  }

  /** Returns whether the caller is a task of this executor. */
  public boolean isCurrent() {
    return runner == Thread.currentThread();
  }

  @Override
  public void flush(WorkBatch batch) {
    synchronized (lock) {
      if (running || pending.isEmpty()) {
        return;
      }
      running = true;
    }
    for (int round = 0; round < BORROWED_ROUNDS && !waits; round++) {
      if (!round(batch)) {
        return;
      }
    }
    while (!handOver()) {
      // The server is closing, or has no memory for another thread: this thread continues.
      if (!round(batch)) {
        return;
      }
    }
  }

  /** Runs the waiting tasks elsewhere, because the batch that was to run them has failed. */
  @Override
  public void failed(Throwable failure) {
    synchronized (lock) {
      if (running || pending.isEmpty()) {
        return;
      }
      running = true;
    }
    if (!handOver()) {
      // No thread can run them now; the next submit does.
      synchronized (lock) {
        running = false;
      }
    }
  }

  /**
   * Hands the executor from the caller over to the workers; returns false if they cannot take it.
   */
  private boolean handOver() {
    Turn turn = null;
    try {
      turn = new Turn();
      WorkStep.EXECUTOR_HAND_OVER.reach();
      workers.execute(turn);
      return true;
    } catch (RejectedExecutionException e) {
      // Closed parts refuse later tasks, whichever thread runs these.
    } catch (Throwable e) {
      supervisor.failed(this, e, null);
    }
    // An executor that fails to start a thread may have accepted the turn all the same.
    return turn != null && !turn.claim();
  }

  /** The right to run the executor; it can be used once. */
  private final class Turn implements Runnable {
    private final WorkBatch batch = new WorkBatch();
    private boolean taken;

    private boolean claim() {
      synchronized (lock) {
        boolean first = !taken;
        taken = true;
        return first;
      }
    }

    @Override
    public void run() {
      if (!claim()) {
        return;
      }
      long end = System.nanoTime() + SLICE_NANOS;
      boolean more = true;
      while (more) {
        more = round(batch);
        deliver(batch);
        if (more && System.nanoTime() - end > 0) {
          // There are few workers, so an executor that is always busy must not keep one.
          if (handOver()) {
            return;
          }
          end = System.nanoTime() + SLICE_NANOS;
        }
      }
    }

    @Override
    public String toString() {
      return "turn of " + name;
    }
  }

  /** Flushes a batch of the executor's own; a target that throws does not stop the others. */
  private void deliver(WorkBatch batch) {
    try {
      batch.flush();
    } catch (Throwable e) {
      supervisor.failed(this, e, null);
    }
  }

  /**
   * Runs the waiting tasks; returns false if no more came in meanwhile and the executor is idle.
   */
  private boolean round(WorkBatch batch) {
    List<Task> tasks;
    synchronized (lock) {
      tasks = pending;
      pending = spare;
      spare = tasks;
    }
    runner = Thread.currentThread();
    for (int i = 0; i < tasks.size(); i++) {
      run(tasks.get(i), batch);
    }
    run(commit, batch);
    tasks.clear();
    runner = null;
    synchronized (lock) {
      running = !pending.isEmpty();
      return running;
    }
  }

  /** Runs a task; a {@code Supervisor.Work} would cost an allocation for each message. */
  private void run(Task task, WorkBatch batch) {
    try {
      task.run(batch);
    } catch (Throwable e) {
      // One bad request must not stop the stream for everybody else.
      supervisor.failed(this, e, null);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
