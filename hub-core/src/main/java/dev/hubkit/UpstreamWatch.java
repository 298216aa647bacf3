package dev.hubkit;

import dev.hubkit.work.Supervisor;
import dev.hubkit.workspace.HubLog.Level;
import dev.hubkit.workspace.UpstreamState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Records for other processes how a hub and its upstreams are connected, and tells the log when
 * that changes. Thread-safe.
 */
final class UpstreamWatch implements AutoCloseable {
  private final Supplier<List<UpstreamState>> states;
  private final Recorder record;
  private final Report report;
  private final ChangeWatch changes = new ChangeWatch("hub-upstream", this::look);
  private final Supervisor supervisor = new Supervisor("hub");
  // Guarded by this object's monitor.
  private List<UpstreamState> told = List.of();

  /** Where the states are recorded. */
  @FunctionalInterface
  interface Recorder {
    void write(List<UpstreamState> states) throws IOException;
  }

  /** Where changes are told. */
  @FunctionalInterface
  interface Report {
    void write(Level level, String message);
  }

  /**
   * Makes a watch that does nothing until {@link #start}.
   *
   * @param states returns the present ones
   */
  UpstreamWatch(Supplier<List<UpstreamState>> states, Recorder record, Report report) {
    this.states = states;
    this.record = record;
    this.report = report;
  }

  /** Records the present states, if there are any, and from now on each change. */
  void start() {
    look();
    changes.start();
  }

  /** Tells of a change; any thread, also before the start. */
  void changed() {
    changes.changed();
  }

  private synchronized void look() {
    List<UpstreamState> now = new ArrayList<>(states.get());
    if (!now.equals(told) && supervisor.run("recording the upstreams", () -> record.write(now))) {
      for (int i = 0; i < now.size(); i++) {
        tell(now.get(i), i < told.size() ? told.get(i) : null);
      }
      told = now;
    }
  }

  // A failure of each attempt would fill the log; one for each change of what is wrong does not.
  private void tell(UpstreamState now, @Nullable UpstreamState before) {
    if (before != null && before.connected() == now.connected() && !now.differsFrom(before)) {
      return;
    }
    String who =
        (now.kind() == UpstreamState.Kind.NATS ? "NATS" : "Fossil") + " upstream " + now.url();
    if (now.connected()) {
      report.write(
          Level.INFO, who + (now.kind() == UpstreamState.Kind.NATS ? ": connected" : ": in sync"));
    } else if (now.problem() != null) {
      report.write(Level.WARN, who + ": " + now.problem());
    }
  }

  /** Stops watching. */
  @Override
  public void close() {
    changes.close();
  }
}
