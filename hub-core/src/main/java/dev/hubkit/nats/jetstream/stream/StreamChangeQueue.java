package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.work.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * Changes to the set of streams of an account, one at a time in the order they were asked for. A
 * change that throws is over, and so is one of which anybody says so, once or more often: the next
 * one always comes. {@link #advance} is the commit of the account's executor.
 */
final class StreamChangeQueue {
  private static final SerialExecutor.Task NOTHING = batch -> {};

  private final Supervisor supervisor;
  // Confined to the executor: those that wait, and the one that is being made.
  private @Nullable Turn first;
  private @Nullable Turn last;
  private @Nullable Turn current;

  StreamChangeQueue(Supervisor supervisor) {
    this.supervisor = supervisor;
  }

  /**
   * Makes a change once those asked for earlier are complete. Any thread.
   *
   * @param executor the account's
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
   * Begins the next change when there is one and the one before it is complete. On the executor.
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

  /** A change, from when it is asked for until it is complete. */
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

    /** The change is complete: the executor finds that out after its next round. Any thread. */
    @Override
    public void run(WorkBatch batch) {
      if (!over) {
        over = true;
        executor.submit(NOTHING, batch);
      }
    }
  }
}
