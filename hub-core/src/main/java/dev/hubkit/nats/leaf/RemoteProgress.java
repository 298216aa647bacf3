package dev.hubkit.nats.leaf;

import dev.hubkit.time.TimeSource;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes how the connection to a hub fares, for those who ask. Thread-safe. */
final class RemoteProgress {
  private final LeafRemoteSettings settings;
  private final TimeSource time;
  private final Runnable changed;
  // Guarded by this object's monitor.
  private Instant since;
  private @Nullable URI connected;
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
  void established(URI url, String domainThere) {
    synchronized (this) {
      connected = url;
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
      if (connected == null) {
        return;
      }
      connected = null;
      since = time.now();
      if (problem == null) {
        problem = "the connection was lost";
      }
    }
    changed.run();
  }

  synchronized LeafRemoteState state() {
    URI url = connected;
    return new LeafRemoteState(
        settings.account(),
        url == null ? settings.urls() : List.of(url),
        url != null,
        since,
        domain,
        problem);
  }
}
