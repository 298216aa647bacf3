package dev.hubkit;

import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reports to other processes which part of a hub's servers cannot go on, for as long as that is so.
 * It starts a thread of its own as soon as there is something to watch, since a part that fails may
 * have neither a thread nor memory to spare.
 */
final class HealthWatch implements AutoCloseable {
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Report report;
  private final Thread thread;
  private final Supervisor supervisor = new Supervisor("hub");
  // Guarded by this object's monitor.
  private List<Health> watched = List.of();
  private boolean changed;
  private boolean closed;

  /** Where trouble is reported. */
  @FunctionalInterface
  interface Report {
    /**
     * Reports the present trouble.
     *
     * @param trouble null when there is none any longer
     */
    void write(@Nullable String trouble) throws IOException;
  }

  HealthWatch(Report report) {
    this.report = report;
    this.thread = new Thread(this::run, "hub-health");
    thread.setDaemon(true);
  }

  /**
   * Watches one more server.
   *
   * @param instead the server that ran in its place before; null for none
   */
  void watch(Health health, @Nullable Health instead) {
    synchronized (this) {
      watched =
          Stream.concat(watched.stream().filter(other -> other != instead), Stream.of(health))
              .toList();
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      }
    }
    health.observe(this::look);
    look();
  }

  private synchronized void look() {
    changed = true;
    notifyAll();
  }

  private void run() {
    String told = null;
    while (awaitChange()) {
      String trouble = trouble();
      if (trouble == null ? told != null : !trouble.equals(told)) {
        boolean done = supervisor.run("reporting the trouble", () -> report.write(trouble));
        told = done ? trouble : told;
      }
    }
  }

  private synchronized @Nullable String trouble() {
    return watched.stream()
        .flatMap(health -> health.trouble().stream())
        .findFirst()
        .map(Health.Trouble::toString)
        .orElse(null);
  }

  private synchronized boolean awaitChange() {
    while (!changed && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        // No code has a reason to interrupt this thread.
        return false;
      }
    }
    changed = false;
    return !closed;
  }

  /** Stops watching. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      TimeUnit.NANOSECONDS.timedJoin(thread, CLOSE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
