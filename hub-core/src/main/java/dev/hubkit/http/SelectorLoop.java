package dev.hubkit.http;

import dev.hubkit.work.Supervisor;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The one thread that waits for all sockets of a server. Whatever a socket's turn throws ends that
 * turn only.
 */
final class SelectorLoop {
  private static final int READ_SIZE = 32 * 1024;
  private static final int WRITE_SIZE = 64 * 1024;
  private static final long LONGEST_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Supervisor supervisor;
  private final long tickMillis;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  // For the loop's thread alone; it can hold any record of TLS.
  private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_SIZE);
  private final ByteBuffer writeBuffer = ByteBuffer.allocate(WRITE_SIZE);
  private final Ticking ticking;
  private long lastTick = System.nanoTime();
  private long pauseNanos;
  private volatile boolean ended;

  /** What has its turn when its socket is ready; attached to the socket's key. */
  interface Turn {
    /** The socket is ready. */
    void ready() throws IOException;

    /** A turn threw something, which has been logged. */
    void failed(Throwable failure);
  }

  /** What looks at time limits. */
  interface Ticking {
    /** Whether there is anything with a time limit. */
    boolean isNeeded();

    /** Called about every tick while it is needed. */
    void tick(long now);
  }

  SelectorLoop(String name, Supervisor supervisor, long tickMillis, Ticking ticking)
      throws IOException {
    this.supervisor = supervisor;
    this.tickMillis = tickMillis;
    this.ticking = ticking;
    this.selector = Selector.open();
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

  /** Has the loop do something soon. */
  void execute(Runnable task) {
    tasks.add(task);
    wakeup();
  }

  void wakeup() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  private void run() {
    while (!ended) {
      try {
        turn();
        pauseNanos = 0;
      } catch (Throwable failure) {
        failed(failure);
      }
    }
    supervisor.run("closing the selector", selector::close);
  }

  // No socket's turn: the selector itself. Neither the log nor the processor is to be filled.
  private void failed(Throwable failure) {
    if (pauseNanos == 0) {
      supervisor.failed("the event loop", failure, null);
      pauseNanos = TimeUnit.MILLISECONDS.toNanos(10);
    } else {
      pauseNanos = Math.min(LONGEST_PAUSE_NANOS, pauseNanos * 2);
    }
    LockSupport.parkNanos(pauseNanos);
  }

  private void turn() throws IOException {
    WorkStep.HTTP_SELECT.reach();
    if (!tasks.isEmpty()) {
      selector.selectNow();
    } else if (ticking.isNeeded()) {
      selector.select(tickMillis);
    } else {
      selector.select();
    }
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      supervisor.run(task, task::run);
    }
    Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
    while (keys.hasNext()) {
      SelectionKey key = keys.next();
      keys.remove();
      Turn attached = (Turn) key.attachment();
      supervisor.run(attached, attached::ready, attached::failed);
    }
    long now = System.nanoTime();
    if (now - lastTick >= TimeUnit.MILLISECONDS.toNanos(tickMillis)) {
      lastTick = now;
      ticking.tick(now);
    }
  }

  /**
   * Ends the loop, after what it was given to do.
   *
   * @return whether the thread has ended by then
   */
  boolean end(Duration patience) throws InterruptedException {
    if (!isStarted()) {
      supervisor.run("closing the selector", selector::close);
      return true;
    }
    execute(() -> ended = true);
    if (Thread.currentThread() == thread) {
      return false;
    }
    thread.join(Math.max(1, patience.toMillis()));
    return !thread.isAlive();
  }
}
