package dev.hubkit.nats.peer;

import dev.hubkit.work.Shutdown;
import dev.hubkit.work.Supervisor;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The threads that connect to other servers and read from them. Thread-safe. */
public final class PeerThreads {
  private final Supervisor supervisor;
  private final String prefix;
  private final Set<Thread> running = ConcurrentHashMap.newKeySet();
  // Guarded by this object's monitor.
  private boolean stopped;

  /**
   * Makes none yet.
   *
   * @param prefix what the names of all threads begin with
   */
  public PeerThreads(Supervisor supervisor, String prefix) {
    this.supervisor = supervisor;
    this.prefix = prefix;
  }

  /** Returns the name of the thread for a part of the work. */
  public String nameFor(String part) {
    return prefix + part;
  }

  /** Runs {@code task} on a thread of its own; returns false after {@link #stop}. */
  public boolean spawn(String part, Runnable task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                supervisor.run(part, task::run);
              } finally {
                running.remove(Thread.currentThread());
              }
            },
            nameFor(part));
    thread.setDaemon(true);
    synchronized (this) {
      if (stopped) {
        return false;
      }
      running.add(thread);
    }
    boolean started = false;
    try {
      thread.start();
      started = true;
    } finally {
      if (!started) {
        running.remove(thread);
      }
    }
    return true;
  }

  /** Starts no more threads. */
  public synchronized void stop() {
    stopped = true;
  }

  /** Waits until all threads but the calling one have ended, for {@code patience} at most. */
  public void join(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    for (Thread thread : List.copyOf(running)) {
      join(thread, Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime())));
    }
  }

  /** Waits for the end of a thread, unless it is the calling one; returns whether it has ended. */
  public static boolean join(Thread thread, Duration patience) {
    return thread != Thread.currentThread() && Shutdown.join(thread, patience.toNanos());
  }
}
