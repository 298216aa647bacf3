package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.work.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * Runs the changes to the set of streams of an account one at a time, in the order they were asked
 * for. A change is over when it throws or when {@code done} is called, once or more often; so the
 * next one always begins. {@link #advance} is the commit task of the account's executor.
 */
final class StreamChangeQueue {
  private static final SerialExecutor.Task NOTHING = batch -> {};

  private final Supervisor supervisor;
  // Confined to the executor: the changes that wait, and the one under way.
  private @Nullable Turn first;
  private @Nullable Turn last;
  private @Nullable Turn current;

  StreamChangeQueue(Supervisor supervisor) {
    this.supervisor = supervisor;
  }

  /**
   * Queues a change behind those asked for earlier. Any thread.
   *
   * @param executor the executor of the account
   */
  public void add(StreamChange change, SerialExecutor executor, WorkBatch batch) {
    Turn turn = new Turn(change, executor);
    executor.submit(taskBatch -> append(turn), batch);
  }

  private void append(Turn turn) {
    Turn before = last;
    last = turn;
    if (before == null) {
      first = turn;
    } else {
      before.next = turn;
    }
  }

  /**
   * Begins the next change if there is one and the one before it is complete. Runs on the executor.
   */
  public void advance(WorkBatch batch) {
    while (current == null || current.over) {
      Turn next = first;
      current = next;
      if (next == null) {
        return;
      }
      first = next.next;
      if (first == null) {
        last = null;
      }
      next.begin(batch);
    }
  }

  /** A change, from the request until it is complete. */
  private final class Turn implements SerialExecutor.Task {
    private final StreamChange change;
    private final SerialExecutor executor;
    private @Nullable Turn next;
    private volatile boolean over;

    private Turn(StreamChange change, SerialExecutor executor) {
      this.change = change;
      this.executor = executor;
    }

    private void begin(WorkBatch batch) {
      try {
        change.run(batch, this);
      } catch (Throwable e) {
        over = true;
        supervisor.failed("A change of streams on " + executor, e, null);
      }
    }

    /** Notes that the change is complete; the executor sees it after its next round. Any thread. */
    @Override
    public void run(WorkBatch batch) {
      if (!over) {
        over = true;
        executor.submit(NOTHING, batch);
      }
    }
  }
}
