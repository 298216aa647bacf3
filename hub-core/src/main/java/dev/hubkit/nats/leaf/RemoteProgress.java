package dev.hubkit.nats.leaf;

import dev.hubkit.time.TimeSource;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Notes how the connection to a hub fares, for those who ask. Thread-safe. */
final class RemoteProgress {
  private final LeafRemoteSettings settings;
  private final TimeSource time;
  private final Runnable changed;
  // Guarded by this object's monitor.
  private Instant since;
  private boolean connected;
  private String domain = "";
  private @Nullable String problem;

  /**
   * Begins without a connection.
   *
   * @param changed called after each change, on any thread; it must be quick
   */
  RemoteProgress(LeafRemoteSettings settings, TimeSource time, Runnable changed) {
    this.settings = settings;
    this.time = time;
    this.changed = changed;
    this.since = time.now();
  }

  /** Notes that both sides have introduced themselves. */
  void established(String domainThere) {
    synchronized (this) {
      connected = true;
      domain = domainThere;
      since = time.now();
      problem = null;
    }
    changed.run();
  }

  /**
   * Notes what is wrong.
   *
   * @param error possibly in the quotes in which the hub has sent it
   */
  void failed(String error) {
    String what = error.replaceAll("^'|'$", "");
    synchronized (this) {
      if (what.equals(problem)) {
        return;
      }
      problem = what;
    }
    changed.run();
  }

  /** Notes that the connection has ended, if there was one. */
  void ended() {
    synchronized (this) {
      if (!connected) {
        return;
      }
      connected = false;
      since = time.now();
      if (problem == null) {
        problem = "the connection was lost";
      }
    }
    changed.run();
  }

  synchronized LeafRemoteState state() {
    return new LeafRemoteState(
        settings.account(),
        settings.urls(),
        settings.credentials(),
        connected,
        since,
        domain,
        problem);
  }
}
