package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Batch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for sockets and serves those that are ready. What its connections publish
 * in one round is one {@link Batch}: the targets are written to at its end.
 */
public final class EventLoop {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
  private static final int READ_BUFFER = 64 * 1024;

  private final Selector selector;
  private final Thread thread;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final ByteBuffer readBuffer = ByteBuffer.allocate(READ_BUFFER);
  private final Batch batch = new Batch();
  private volatile boolean stopping;
  // Waits for sockets, with nothing left to do.
  private volatile boolean idle;

  /** Something registered with a loop. */
  interface Channel {
    /** Called on the loop's thread when the socket is ready for what the key is interested in. */
    void ready(SelectionKey key);
  }

  /** Starts a loop. */
  public static EventLoop start(String threadName) throws IOException {
    EventLoop loop = new EventLoop(threadName);
    loop.thread.start();
    return loop;
  }

  private EventLoop(String threadName) throws IOException {
    selector = Selector.open();
    thread = new Thread(this::run, threadName);
    thread.setDaemon(true);
  }

  /** The buffer that all connections of this loop read into. On its thread only. */
  ByteBuffer readBuffer() {
    return readBuffer;
  }

  /** The batch of the present round. On the loop's thread only. */
  Batch batch() {
    return batch;
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Runs {@code task} on the loop's thread, soon; never, if the loop has stopped. */
  void execute(Runnable task) {
    tasks.add(task);
    if (!isCurrentThread()) {
      selector.wakeup();
    }
  }

  /** Whether everything it was given is done, and the sockets that were ready are served. */
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

  private void run() {
    try {
      while (!stopping) {
        if (tasks.isEmpty()) {
          idle = true;
          selector.select(this::serve);
          idle = false;
        } else {
          selector.selectNow(this::serve);
        }
        runTasks();
        batch.flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      // What was accepted last is told that the server goes.
      runTasks();
      batch.flush();
      closeSelector();
    }
  }

  // Nothing that goes wrong with one connection may end the loop for the others.
  private void serve(SelectionKey key) {
    if (idle) {
      idle = false;
    }
    try {
      ((Channel) key.attachment()).ready(key);
    } catch (CancelledKeyException e) {
      log.trace("Closed before its turn", e);
    } catch (RuntimeException | Error e) {
      log.error("Serving a connection failed", e);
    }
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        log.error("A task of an event loop failed", e);
      }
    }
  }

  private void closeSelector() {
    try {
      selector.close();
    } catch (IOException e) {
      log.warn("Closing a selector failed", e);
    }
  }

  /** Ends the loop and waits for its thread, unless called on it. */
  public void stop() {
    stopping = true;
    selector.wakeup();
    if (isCurrentThread()) {
      return;
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
