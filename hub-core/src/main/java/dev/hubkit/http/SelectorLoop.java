package dev.hubkit.http;

import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The one thread that waits for all sockets of a server.
 *
 * <p>Whatever a turn throws ends that turn and not the loop, which only {@link #end()} ends. The
 * loop allocates beforehand what it needs to go on.
 */
final class SelectorLoop {
  private static final int READ_SIZE = 32 * 1024;
  private static final int WRITE_SIZE = 64 * 1024;
  // The select may fail this many times in a row before that counts as trouble.
  private static final int TOLERATED_FAILURES = 3;
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(1).toNanos();
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Supervisor supervisor;
  private final Health.Part health;
  private final long tickMillis;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  // Only the loop's thread uses it; it can hold any TLS record.
  private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_SIZE);
  private final ByteBuffer writeBuffer = ByteBuffer.allocate(WRITE_SIZE);
  private final Ticking ticking;
  private long lastTick = System.nanoTime();
  // Made beforehand, since there may be no memory for them when they are needed.
  private final Consumer<SelectionKey> serving = this::serve;
  private final Supervisor.Work closing;
  private final Supervisor.Work closingAll;
  // How many times in a row waiting for sockets has failed.
  private int failures;
  private volatile boolean ended;

  /**
   * Gets a turn when its socket is ready; attached to the socket's key. When a turn fails, {@link
   * #failed} closes what it served.
   */
  interface Turn extends Supervisor.FailureHandler {
    /** Called when the socket is ready. */
    void ready() throws IOException;
  }

  /** Checks time limits. */
  interface Ticking {
    /** Returns whether anything has a time limit. */
    boolean isNeeded();

    /** Called about once every tick while it is needed. */
    void tick(long now);

    /** Called when the loop ends and serves nobody any longer. */
    void ended();
  }

  /**
   * Makes a loop.
   *
   * @param health receives a report when the loop cannot serve anybody
   */
  SelectorLoop(
      String name, Supervisor supervisor, Health.Part health, long tickMillis, Ticking ticking)
      throws IOException {
    this.supervisor = supervisor;
    this.health = health;
    this.tickMillis = tickMillis;
    this.ticking = ticking;
    // The JDK takes descriptors of its own at the first close of a socket. If none were left then,
    // no socket could ever be closed.
    SocketChannel.open().close();
    this.selector = Selector.open();
    this.closing = selector::close;
    this.closingAll = ticking::ended;
    this.thread = new Thread(this::run, name);
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  boolean isStarted() {
    return thread.getState() != Thread.State.NEW;
  }

  Selector selector() {
    return selector;
  }

  ByteBuffer readBuffer() {
    return readBuffer;
  }

  ByteBuffer writeBuffer() {
    return writeBuffer;
  }

  /**
   * Makes the loop run a task soon. A task that handles its failure is a {@link
   * dev.hubkit.work.SupervisedTask}.
   */
  void execute(Runnable task) {
    tasks.add(task);
    wakeup();
  }

  void wakeup() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  /** Runs a turn, on the loop's thread. */
  void serve(Turn turn) {
    try {
      turn.ready();
    } catch (Throwable failure) {
      supervisor.failed(turn, failure, turn);
    }
  }

  private void run() {
    while (!ended) {
      select();
      runTasks();
      tick();
    }
    runTasks();
    end("closing the connections", closingAll);
    end("closing the selector", closing);
    health.remove();
  }

  private void select() {
    try {
      WorkStep.HTTP_SELECT.reach();
      if (!tasks.isEmpty() || failures > 0) {
        selector.selectNow(serving);
      } else if (ticking.isNeeded()) {
        selector.select(serving, tickMillis);
      } else {
        selector.select(serving);
      }
      if (failures > 0) {
        failures = 0;
        health.recovered();
      }
    } catch (Throwable failure) {
      selectFailed(failure);
    }
  }

  // This keeps failures from filling the log and the processor.
  private void selectFailed(Throwable failure) {
    failures++;
    if (failures <= TOLERATED_FAILURES) {
      supervisor.failed("waiting for sockets", failure, null);
    }
    if (failures == TOLERATED_FAILURES) {
      try {
        health.report("it cannot wait for its sockets, so nobody there is served; see the log");
      } catch (Throwable unreported) {
        supervisor.failed("reporting that", unreported, null);
      }
    }
    if (failures > 1) {
      long pause = FIRST_PAUSE_NANOS << Math.min(failures, 10);
      LockSupport.parkNanos(this, Math.min(pause, LONGEST_PAUSE_NANOS));
    }
  }

  private void serve(SelectionKey key) {
    Turn turn = (Turn) key.attachment();
    try {
      WorkStep.HTTP_SERVE.reach();
      turn.ready();
    } catch (Throwable failure) {
      supervisor.failed(turn, failure, turn);
    }
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      try {
        WorkStep.HTTP_TASK.reach();
        task.run();
      } catch (Throwable failure) {
        supervisor.failed(task, failure);
      }
    }
  }

  private void tick() {
    long now = System.nanoTime();
    if (now - lastTick < TimeUnit.MILLISECONDS.toNanos(tickMillis)) {
      return;
    }
    lastTick = now;
    try {
      WorkStep.HTTP_TICK.reach();
      ticking.tick(now);
    } catch (Throwable failure) {
      // Those that were left out have their turn with the next tick.
      supervisor.failed("looking at time limits", failure, null);
    }
  }

  private void end(String what, Supervisor.Work work) {
    if (!supervisor.run(what, work)) {
      supervisor.run(what, work);
    }
  }

  /** Makes the loop end after its present tasks and close what is open. Returns at once. */
  void end() {
    ended = true;
    if (isStarted()) {
      selector.wakeup();
    } else {
      supervisor.run("closing the selector", closing);
    }
  }

  /**
   * Waits until the loop has ended.
   *
   * @return whether it has ended; never true on the loop's own thread
   */
  boolean awaitEnd(Duration patience) throws InterruptedException {
    if (!isStarted()) {
      return true;
    }
    if (Thread.currentThread() == thread) {
      return false;
    }
    thread.join(Math.max(1, patience.toMillis()));
    return !thread.isAlive();
  }
}
