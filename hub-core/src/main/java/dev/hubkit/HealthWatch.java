package dev.hubkit;

import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells other processes what of a hub's servers cannot go on, for as long as that is so. It has a
 * thread of its own as soon as there is something to watch: what fails has none to spare, nor
 * memory for one.
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

  /** Where it is told. */
  @FunctionalInterface
  interface Report {
    /**
     * Tells what the trouble is now.
     *
     * @param trouble null when there is none any more
     */
    void tell(@Nullable String trouble) throws IOException;
  }

  HealthWatch(Report report) {
    this.report = report;
    this.thread = new Thread(this::run, "hub-health");
    thread.setDaemon(true);
  }

  /**
   * Watches one more server.
   *
   * @param instead the one that has run in its place before; null for none
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
        boolean done = supervisor.run("telling of the trouble", () -> report.tell(trouble));
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
        // Nobody has a reason to.
        return false;
      }
    }
    changed = false;
    return !closed;
  }

  /** Watches nothing any more. */
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
