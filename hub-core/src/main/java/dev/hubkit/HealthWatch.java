package dev.hubkit;

import dev.hubkit.work.Health;
import dev.hubkit.work.Supervisor;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reports to other processes which part of a hub's servers cannot go on, for as long as that is so.
 * It starts a thread of its own as soon as there is something to watch, since a part that fails may
 * have neither a thread nor memory to spare.
 */
final class HealthWatch implements AutoCloseable {
  private final Report report;
  private final ChangeWatch changes = new ChangeWatch("hub-health", this::look);
  private final Supervisor supervisor = new Supervisor("hub");
  // Guarded by this object's monitor.
  private List<Health> watched = List.of();
  // Used by the thread of the changes alone.
  private @Nullable String told;

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
    }
    changes.start();
    health.observe(changes::changed);
    changes.changed();
  }

  private void look() {
    String trouble = trouble();
    if (trouble == null ? told != null : !trouble.equals(told)) {
      boolean done = supervisor.run("reporting the trouble", () -> report.write(trouble));
      told = done ? trouble : told;
    }
  }

  private synchronized @Nullable String trouble() {
    return watched.stream()
        .flatMap(health -> health.trouble().stream())
        .findFirst()
        .map(Health.Trouble::toString)
        .orElse(null);
  }

  /** Stops watching. */
  @Override
  public void close() {
    changes.close();
  }
}
