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
 * The serial world of one stream and its consumers: a mailbox whose tasks run one at a time, in the
 * order they were submitted. What only tasks of one executor touch needs no lock.
 *
 * <p>Whoever finds the executor idle runs it, so that a quiet stream costs no change of thread;
 * others only leave their task. An executor that is kept busy moves over to the workers, so that no
 * network thread is held by one stream. An executor that waits for the disk is the workers' from
 * the start: while they wait, more tasks come in, and the next round makes all of them durable at
 * once. An executor that has more to do goes behind those that wait for a worker, every few
 * milliseconds. After each round of tasks the {@code commit} task runs: it makes durable, in one
 * go, what the round has changed, and only then tells anybody about it.
 *
 * <p>Whatever a task or the commit throws ends that and nothing else: it is logged, and the
 * executor goes on with the next. Who waits for what a task does is answered by the task itself.
 *
 * <p>Thread-safe.
 */
public final class SerialExecutor implements Flushable {
  /** Rounds that a borrowed thread runs before the workers take over. */
  private static final int BORROWED_ROUNDS = 4;

  // How long an executor keeps a worker when it has more to do and others may be waiting for one.
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
   * @param supervisor hears of tasks that fail
   * @param workers what runs the executor when it is busy for long
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

  /** An executor on which every task waits until {@link #begin}; else as the constructor's. */
  public static SerialExecutor held(
      String name, Supervisor supervisor, Executor workers, boolean waits, Task commit) {
    return new SerialExecutor(name, supervisor, workers, waits, commit, true);
  }

  /** A step of work on the executor. */
  @FunctionalInterface
  public interface Task {
    /** Does the step; {@code batch} is that of the thread that runs the executor. */
    void run(WorkBatch batch);
  }

  /**
   * Leaves a task, to be run at the end of {@code batch} unless another thread runs it earlier.
   * When this throws, for lack of memory, the task has not been left.
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
      // The task is there, but nobody would come for it.
      supervisor.failed(this, e, null);
      flush(batch);
    }
  }

  /**
   * Leaves a task and runs the executor when it is idle: for timers and others that have no batch
   * of their own. Called on the executor itself, the task runs when the current one is done. When
   * this throws, for lack of memory, the task has not been left.
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

  /** Is there nothing to run, and nobody who runs it? */
  public boolean isIdle() {
    synchronized (lock) {
      return !running && pending.isEmpty();
    }
  }

  /**
   * Runs a task, and after it whatever has been left meanwhile, on the caller's thread. Called
   * once, on a {@link #held} executor.
   */
  public void begin(Task task) {
    Turn turn = new Turn();
    synchronized (lock) {
      pending.add(0, task);
    }
    turn.run();
  }

  /** Is the caller a task of this executor? */
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
      // The server is closing, or has no memory for a thread: this one goes on.
      if (!round(batch)) {
        return;
      }
    }
  }

  /** The batch that was to run the executor has failed to: the tasks are there all the same. */
  @Override
  public void failed(Throwable failure) {
    synchronized (lock) {
      if (running || pending.isEmpty()) {
        return;
      }
      running = true;
    }
    if (!handOver()) {
      // Nobody can, for now: whoever leaves the next task does.
      synchronized (lock) {
        running = false;
      }
    }
  }

  /** Has the workers run the executor, which is the caller's; false when they can't. */
  private boolean handOver() {
    Turn turn = null;
    try {
      turn = new Turn();
      WorkStep.EXECUTOR_HAND_OVER.reach();
      workers.execute(turn);
      return true;
    } catch (RejectedExecutionException e) {
      // What still comes is refused by what is closed, whoever runs it.
    } catch (Throwable e) {
      supervisor.failed(this, e, null);
    }
    // An executor that fails to start a thread may have taken it all the same.
    return turn != null && !turn.claim();
  }

  /** The right to run the executor, which is used once. */
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
          // There are few workers: an executor that always has more to do must not keep one.
          if (handOver()) {
            return;
          }
          end = System.nanoTime() + SLICE_NANOS;
        }
      }
    }
  }

  /** Ends a batch of the executor's own: what one target throws is not in the way of the others. */
  private void deliver(WorkBatch batch) {
    try {
      batch.flush();
    } catch (Throwable e) {
      supervisor.failed(this, e, null);
    }
  }

  /** Runs the tasks that wait now; false when none came in meanwhile and the executor is idle. */
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
