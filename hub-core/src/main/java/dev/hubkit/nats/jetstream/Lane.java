package dev.hubkit.nats.jetstream;

import dev.hubkit.nats.account.Batch;
import dev.hubkit.nats.account.Flushable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serial world of one stream and its consumers: a mailbox whose tasks run one at a time, in the
 * order they were submitted. What only tasks of one lane touch needs no lock.
 *
 * <p>Whoever finds the lane idle runs it, so that a quiet stream costs no change of thread; others
 * only leave their task. A lane that is kept busy moves over to the workers, so that no network
 * thread is held by one stream. A lane that waits for the disk is the workers' from the start:
 * while they wait, more tasks come in, and the next round makes all of them durable at once. After
 * each round of tasks the {@code commit} task runs: it makes durable, in one go, what the round has
 * changed, and only then tells anybody about it.
 *
 * <p>Thread-safe.
 */
final class Lane implements Flushable {
  private static final Logger log = LoggerFactory.getLogger(Lane.class);

  /** Rounds that a borrowed thread runs before the workers take over. */
  private static final int BORROWED_ROUNDS = 4;

  private final String name;
  private final Executor workers;
  private final boolean waits;
  private final Task commit;
  private final Object lock = new Object();
  private List<Task> pending = new ArrayList<>();
  private List<Task> spare = new ArrayList<>();
  private boolean running;
  private volatile @Nullable Thread runner;

  /**
   * Makes an idle lane.
   *
   * @param name for log messages
   * @param workers what runs the lane when it is busy for long
   * @param waits whether rounds wait for the disk, so that only the workers may run them
   * @param commit runs after every round of tasks, on the lane
   */
  Lane(String name, Executor workers, boolean waits, Task commit) {
    this(name, workers, waits, commit, false);
  }

  private Lane(String name, Executor workers, boolean waits, Task commit, boolean held) {
    this.name = name;
    this.workers = workers;
    this.waits = waits;
    this.commit = commit;
    this.running = held;
  }

  /** A lane on which every task waits until {@link #begin}; else as the constructor's. */
  static Lane held(String name, Executor workers, boolean waits, Task commit) {
    return new Lane(name, workers, waits, commit, true);
  }

  /** A step of work on the lane. */
  @FunctionalInterface
  interface Task {
    /** Does the step; {@code batch} is that of the thread that runs the lane. */
    void run(Batch batch);
  }

  /** Leaves a task, to be run at the end of {@code batch} unless another thread runs it earlier. */
  void submit(Task task, Batch batch) {
    synchronized (lock) {
      pending.add(task);
      if (running) {
        return;
      }
    }
    batch.defer(this);
  }

  /**
   * Leaves a task and runs the lane when it is idle: for timers and others that have no batch of
   * their own. Called on the lane itself, the task runs when the current one is done.
   */
  void execute(Task task) {
    synchronized (lock) {
      pending.add(task);
      if (running) {
        return;
      }
    }
    Batch batch = new Batch();
    flush(batch);
    batch.flush();
  }

  /** Is there nothing to run, and nobody who runs it? */
  boolean isIdle() {
    synchronized (lock) {
      return !running && pending.isEmpty();
    }
  }

  /**
   * Runs a task, and after it whatever has been left meanwhile, on the caller's thread. Called
   * once, on a {@link #held} lane.
   */
  void begin(Task task) {
    synchronized (lock) {
      pending.add(0, task);
    }
    runOnWorker();
  }

  /** Is the caller a task of this lane? */
  boolean isCurrent() {
    return runner == Thread.currentThread();
  }

  @Override
  public void flush(Batch batch) {
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
    try {
      workers.execute(this::runOnWorker);
    } catch (RejectedExecutionException e) {
      // The server is closing: what still comes is refused by what is closed, whoever runs it.
      log.debug("{} runs on without workers", name, e);
      runOnWorker();
    }
  }

  private void runOnWorker() {
    Batch batch = new Batch();
    boolean more = true;
    while (more) {
      more = round(batch);
      batch.flush();
    }
  }

  /** Runs the tasks that wait now; false when none came in meanwhile and the lane is idle. */
  private boolean round(Batch batch) {
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

  private void run(Task task, Batch batch) {
    try {
      task.run(batch);
    } catch (RuntimeException | StackOverflowError e) {
      // One bad request must not stop the stream for everybody else.
      log.error("A task of {} failed", name, e);
    }
  }
}
