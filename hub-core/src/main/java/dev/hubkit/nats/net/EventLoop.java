package dev.hubkit.nats.net;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.work.Health;
import dev.hubkit.work.Shutdown;
import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One thread that waits for sockets and serves those that are ready. What its connections publish
 * in one round is one {@link WorkBatch}: the targets are written to at its end.
 *
 * <p>Whatever is thrown in a round ends the connection or task that threw it, not the loop, which
 * only {@link #end()} ends. The loop allocates beforehand what it needs to go on.
 */
public final class EventLoop {
  private static final Log log = Log.of(EventLoop.class);
  private static final int READ_BUFFER = 64 * 1024;
  // As many failures to wait for sockets in a row are tolerated before health reports them.
  private static final int TOLERATED_FAILURES = 3;
  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Selector selector;
  private final Thread thread;
  private final Supervisor supervisor;
  private final Health.Part health;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_BUFFER);
  private final WorkBatch batch = new WorkBatch();
  private final Consumer<SelectionKey> serving = this::serve;
  private volatile boolean stopping;
  // Waits for sockets, with nothing left to do.
  private volatile boolean idle;
  // How many times in a row waiting for sockets has failed. On the loop's thread only.
  private int failures;
  private @Nullable Alarm alarms;

  /** Something registered with a loop. */
  interface Channel extends Supervisor.FailureHandler {
    /**
     * Called on the loop's thread when the socket is ready for what the key is interested in. When
     * that fails, what is served is in a state that nobody knows, and {@link #failed} closes it.
     */
    void ready(SelectionKey key);
  }

  /**
   * A task that runs after some real time, whatever the server's clock does. Setting it allocates
   * nothing.
   */
  static final class Alarm {
    private final Runnable task;
    private boolean set;
    private long due;
    private @Nullable Alarm next;

    Alarm(Runnable task) {
      this.task = task;
    }
  }

  /**
   * Starts a loop.
   *
   * @param health is told when the loop can serve nobody
   */
  public static EventLoop start(String threadName, Health health) throws IOException {
    EventLoop loop = new EventLoop(threadName, health.part("event loop " + threadName));
    boolean started = false;
    try {
      loop.thread.start();
      started = true;
    } finally {
      if (!started) {
        loop.closeSelector();
      }
    }
    return loop;
  }

  private EventLoop(String threadName, Health.Part health) throws IOException {
    this.supervisor = new Supervisor(threadName);
    this.health = health;
    thread = new Thread(this::run, threadName);
    thread.setDaemon(true);
    // What the JDK closes sockets with takes descriptors when it is made, at the first close: when
    // there are none then, no socket can be closed ever after.
    SocketChannel.open().close();
    selector = Selector.open();
  }

  /** Returns the buffer that all connections of this loop read into. On its thread only. */
  ByteBuffer readBuffer() {
    return readBuffer;
  }

  /** Returns the batch of the present round. On the loop's thread only. */
  WorkBatch batch() {
    return batch;
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /**
   * Runs {@code task} on the loop's thread, soon; never, if the loop has stopped. A task that must
   * learn of its failure is a {@link dev.hubkit.work.SupervisedTask}.
   */
  void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
  }

  /** Wakes the loop up, so that it notices closed sockets, for example. */
  void wakeUp() {
    if (!isCurrentThread()) {
      selector.wakeup();
    }
  }

  /** Returns whether the loop has run all its tasks and served all sockets that were ready. */
  public boolean isIdle() {
    return !thread.isAlive() || (idle && tasks.isEmpty());
  }

  /**
   * Runs {@code task} when the sockets that are ready now have been served and what came of it has
   * been written; at once when the loop has ended.
   */
  public void afterRound(Runnable task) {
    if (!thread.isAlive()) {
      task.run();
      return;
    }
    // The first task is run by a round that serves sockets before, the second by the one after.
    execute(() -> execute(task));
  }

  /** Registers a channel. On the loop's thread only. */
  SelectionKey register(SelectableChannel channel, int interest, Channel attachment)
      throws IOException {
    return channel.register(selector, interest, attachment);
  }

  /** Sets an alarm, to go off in {@code nanos}. On the loop's thread only. */
  void set(Alarm alarm, long nanos) {
    alarm.due = System.nanoTime() + nanos;
    if (!alarm.set) {
      alarm.set = true;
      alarm.next = alarms;
      alarms = alarm;
    }
  }

  private void run() {
    while (!stopping) {
      select();
      runTasks();
      runAlarms();
      flush();
    }
    // Clients that were accepted last are told of the shutdown.
    runTasks();
    flush();
    closeSelector();
    health.remove();
  }

  private void select() {
    try {
      WorkStep.LOOP_SELECT.reach();
      if (tasks.isEmpty() && batch.isEmpty() && failures == 0) {
        idle = true;
        selector.select(serving, untilAlarm());
      } else {
        selector.selectNow(serving);
      }
      if (failures > 0) {
        failures = 0;
        health.recovered();
      }
    } catch (Throwable failure) {
      selectFailed(failure);
    }
    idle = false;
  }

  private void selectFailed(Throwable failure) {
    failures++;
    if (failures <= TOLERATED_FAILURES) {
      supervisor.failed("waiting for sockets", failure, null);
    }
    if (failures == TOLERATED_FAILURES) {
      health.report("it cannot wait for its sockets, so nobody there is served; see the log");
    }
    if (failures > 1) {
      // Retrying without a pause would not help and would use up the processor.
      long pause = FIRST_PAUSE_NANOS << Math.min(failures, 10);
      LockSupport.parkNanos(this, Math.min(pause, LONGEST_PAUSE_NANOS));
    }
  }

  private void serve(SelectionKey key) {
    if (idle) {
      idle = false;
    }
    Channel channel = (Channel) key.attachment();
    try {
      WorkStep.LOOP_SERVE.reach();
      channel.ready(key);
    } catch (CancelledKeyException e) {
      log.trace("Closed before its turn", e);
    } catch (Throwable failure) {
      batch.abandon();
      supervisor.failed(channel, failure, channel);
    }
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      try {
        WorkStep.LOOP_TASK.reach();
        task.run();
      } catch (Throwable failure) {
        batch.abandon();
        supervisor.failed(task, failure);
      }
    }
  }

  // The milliseconds until the next alarm; 0 for no alarm.
  private long untilAlarm() {
    long nanos = Long.MAX_VALUE;
    for (Alarm alarm = alarms; alarm != null; alarm = alarm.next) {
      nanos = Math.min(nanos, alarm.due - System.nanoTime());
    }
    return nanos == Long.MAX_VALUE ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  private void runAlarms() {
    if (alarms == null) {
      return;
    }
    Alarm alarm = alarms;
    alarms = null;
    while (alarm != null) {
      Alarm after = alarm.next;
      alarm.next = null;
      alarm.set = false;
      long left = alarm.due - System.nanoTime();
      if (left > 0) {
        set(alarm, left);
      } else {
        runAlarm(alarm);
      }
      alarm = after;
    }
  }

  private void runAlarm(Alarm alarm) {
    try {
      WorkStep.LOOP_ALARM.reach();
      alarm.task.run();
    } catch (Throwable failure) {
      supervisor.failed("an alarm", failure, null);
      set(alarm, LONGEST_PAUSE_NANOS);
    }
  }

  private void flush() {
    try {
      WorkStep.LOOP_FLUSH.reach();
      batch.flush();
    } catch (Throwable failure) {
      // What is left is flushed in the next round.
      supervisor.failed("the end of a round", failure, null);
    }
  }

  private void closeSelector() {
    try {
      selector.close();
    } catch (IOException e) {
      log.warn("Closing a selector failed", e);
    }
  }

  /** Ends the loop after its present round. Returns at once. */
  public void end() {
    stopping = true;
    selector.wakeup();
  }

  /**
   * Waits until the loop has ended; returns at once on the loop's own thread.
   *
   * @param nanos how long at most
   * @return false when the loop is still busy then
   */
  public boolean awaitEnd(long nanos) {
    if (Shutdown.isCalledBy(thread)) {
      return true;
    }
    return Shutdown.join(thread, nanos);
  }

  @Override
  public String toString() {
    return thread.getName();
  }
}
