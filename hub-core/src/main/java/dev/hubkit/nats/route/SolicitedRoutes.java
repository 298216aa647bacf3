package dev.hubkit.nats.route;

import dev.hubkit.log.Log;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import dev.hubkit.work.WorkStep;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The servers that this one connects to: those of its configuration, for ever, and those that other
 * servers name, as long as they can be reached. Thread-safe; the cluster's lock is never taken with
 * this one's held.
 */
final class SolicitedRoutes {
  /** The server that connects to the others. */
  interface Dialer {
    TimeSource time();

    String serverId();

    /** Returns how often to try again to reach a server that another one has named. */
    int retries();

    /** Returns whether to wait longer after each attempt that fails. */
    boolean backsOff();

    boolean isClosing();

    /** Returns whether there is a route to the server of that id. */
    boolean isConnectedTo(String id);

    /** Runs a task on a thread of its own; returns false when the cluster is closing. */
    boolean spawn(String threadName, Runnable task);

    /**
     * Connects to a server and serves the route until its end.
     *
     * @return whether the route was established at some time
     */
    boolean dial(URI url, boolean configured) throws IOException;
  }

  private static final Log log = Log.of(SolicitedRoutes.class);
  // DEFAULT_ROUTE_RECONNECT of nats-server.
  private static final Duration RECONNECT = Duration.ofSeconds(1);
  // DEFAULT_ROUTE_CONNECT_MAX of nats-server.
  private static final Duration MOST_BACKOFF = Duration.ofSeconds(30);

  private final Dialer dialer;
  // Guarded by this object's monitor.
  private final Set<Target> all = new LinkedHashSet<>();

  private static final class Target {
    private final URI url;
    private final boolean configured;
    private @Nullable String serverId;
    private boolean busy;
    private boolean again;
    private @Nullable Timer waiting;
    private int failures;
    // How often in a row it could not be reached at all.
    private int unreached;

    private Target(URI url, boolean configured) {
      this.url = url;
      this.configured = configured;
    }
  }

  SolicitedRoutes(Dialer dialer) {
    this.dialer = dialer;
  }

  /** Connects to these servers, and no longer to other configured ones. */
  void configure(List<URI> urls) {
    List<Target> added = new ArrayList<>();
    synchronized (this) {
      all.removeIf(target -> target.configured && !urls.contains(target.url));
      for (URI url : urls) {
        if (all.stream().noneMatch(target -> target.configured && target.url.equals(url))) {
          Target target = new Target(url, true);
          all.add(target);
          added.add(target);
        }
      }
    }
    added.forEach(this::dial);
  }

  /** Connects to a server that another one has named, unless it is known here. */
  void addImplicit(URI url, String serverId) {
    Target target = new Target(url, false);
    target.serverId = serverId;
    synchronized (this) {
      if (all.stream().anyMatch(each -> serverId.equals(each.serverId) || each.url.equals(url))) {
        return;
      }
      all.add(target);
    }
    dial(target);
  }

  /** Notes which server a URL leads to. */
  synchronized void resolved(URI url, String serverId) {
    for (Target target : all) {
      if (target.url.equals(url)) {
        target.serverId = serverId;
      }
    }
  }

  /** Reconnects later to a server whose route was lost. */
  void reconnect(String serverId) {
    List<Target> waiting;
    synchronized (this) {
      waiting = all.stream().filter(each -> serverId.equals(each.serverId) && !each.busy).toList();
    }
    waiting.forEach(this::dialLater);
  }

  /** Connects at once to the servers that it would try again later. */
  void retry() {
    List<Target> idle;
    synchronized (this) {
      idle = all.stream().filter(each -> !each.busy).toList();
      all.forEach(each -> each.again = each.busy);
    }
    idle.forEach(this::dial);
  }

  private synchronized void dialLater(Target target) {
    stopWaiting(target);
    target.waiting =
        dialer
            .time()
            .schedule(
                delay(target),
                new SupervisedTask(() -> dial(target), failure -> dialLater(target)));
  }

  // Twice as long each time (connectToRoute in nats-server's route.go).
  private Duration delay(Target target) {
    if (!dialer.backsOff() || target.unreached < 2) {
      return RECONNECT;
    }
    Duration longer = RECONNECT.multipliedBy(1L << Math.min(target.unreached - 1, 10));
    return longer.compareTo(MOST_BACKOFF) > 0 ? MOST_BACKOFF : longer;
  }

  private static void stopWaiting(Target target) {
    if (target.waiting != null) {
      target.waiting.cancel();
      target.waiting = null;
    }
  }

  private void dial(Target target) {
    String id;
    synchronized (this) {
      id = target.serverId;
    }
    if (id != null && dialer.isConnectedTo(id)) {
      return;
    }
    synchronized (this) {
      stopWaiting(target);
      if (target.busy || !all.contains(target)) {
        return;
      }
      target.busy = true;
    }
    boolean begun = false;
    try {
      begun = spawn(target);
    } finally {
      if (!begun) {
        synchronized (this) {
          target.busy = false;
        }
      }
    }
  }

  private boolean spawn(Target target) {
    URI url = target.url;
    return dialer.spawn(
        "route-to-" + url.getHost() + ":" + url.getPort(),
        () -> {
          try {
            connect(target);
          } finally {
            retryOrGiveUp(target);
          }
        });
  }

  private void connect(Target target) {
    try {
      WorkStep.ROUTE_DIAL.reach();
      boolean held = dialer.dial(target.url, target.configured);
      synchronized (this) {
        target.failures = held ? 0 : target.failures + 1;
        target.unreached = 0;
      }
    } catch (IOException | IllegalArgumentException e) {
      synchronized (this) {
        target.failures++;
        target.unreached++;
      }
      log.debug("Error trying to connect to route at {}: {}", target.url, e.getMessage());
    }
  }

  // Decides whether and when to try a server again that has no route now.
  private void retryOrGiveUp(Target target) {
    boolean retry;
    boolean atOnce;
    synchronized (this) {
      target.busy = false;
      atOnce = target.again;
      target.again = false;
      boolean self = dialer.serverId().equals(target.serverId);
      boolean gaveUp = !target.configured && target.failures > dialer.retries();
      retry = !self && !gaveUp && all.contains(target);
      if (!target.configured && !retry) {
        all.remove(target);
      }
    }
    if (retry && !dialer.isClosing()) {
      if (atOnce) {
        dial(target);
      } else {
        dialLater(target);
      }
    }
  }
}
