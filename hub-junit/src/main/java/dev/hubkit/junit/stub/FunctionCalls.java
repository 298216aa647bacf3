package dev.hubkit.junit.stub;

import dev.hubkit.log.Log;
import dev.hubkit.work.Activity;
import dev.hubkit.work.Workers;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Runs the functions of stubs: few at a time of one stub, so that a slow one leaves threads to the
 * others. Thread-safe.
 */
final class FunctionCalls implements Activity, AutoCloseable {
  /** How many calls of one stub run at a time. */
  static final int MOST_OF_STUB = 8;

  /** How many calls may wait. */
  static final int MOST_WAITING = 10_000;

  private static final Log log = Log.of(FunctionCalls.class);
  private static final int THREADS = 32;
  private static final int CLOSE_SECONDS = 2;

  private final Workers workers = Workers.of(THREADS, "hub-stub-");
  private final Map<Stub, Turns> turns = new HashMap<>();
  private int waiting;

  /** The calls of one stub. */
  private static final class Turns {
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int running;
  }

  /**
   * Runs a call, now or when calls of the same stub have ended.
   *
   * @throws RejectedExecutionException if too many wait, or this is closed
   */
  void execute(Stub stub, Runnable call) {
    synchronized (turns) {
      Turns own = turns.computeIfAbsent(stub, key -> new Turns());
      if (own.running >= MOST_OF_STUB) {
        if (waiting >= MOST_WAITING) {
          throw new RejectedExecutionException(MOST_WAITING + " requests wait for functions");
        }
        waiting++;
        own.waiting.add(call);
        return;
      }
      own.running++;
    }
    start(stub, call);
  }

  private void start(Stub stub, Runnable call) {
    boolean taken = false;
    try {
      workers.execute(
          () -> {
            try {
              call.run();
            } finally {
              ended(stub);
            }
          });
      taken = true;
    } finally {
      if (!taken) {
        forget(stub);
      }
    }
  }

  private void forget(Stub stub) {
    synchronized (turns) {
      turns.remove(stub);
    }
  }

  private void ended(Stub stub) {
    Runnable next;
    synchronized (turns) {
      Turns own = turns.get(stub);
      if (own == null) {
        return;
      }
      next = own.waiting.poll();
      if (next == null) {
        own.running--;
        if (own.running == 0) {
          turns.remove(stub);
        }
        return;
      }
      waiting--;
    }
    try {
      start(stub, next);
    } catch (RejectedExecutionException e) {
      log.debug("No more functions run, because the hub was closed: {}", e);
    }
  }

  // What waits for a turn waits for a worker.
  @Override
  public boolean isIdle() {
    return workers.isIdle();
  }

  @Override
  public boolean awaitIdle(long nanos) throws InterruptedException {
    return workers.awaitIdle(nanos);
  }

  @Override
  public void close() {
    workers.shutdownNow();
    try {
      if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("A function of a stub still runs {} s after its hub was closed", CLOSE_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
