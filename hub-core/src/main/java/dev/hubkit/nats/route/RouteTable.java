package dev.hubkit.nats.route;

import dev.hubkit.nats.peer.PeerTotals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The routes of one server, of which at most one to each other server is established, and what has
 * gone through them. Thread-safe.
 */
final class RouteTable<R extends RouteTable.Entry> {
  /** A route in the table. */
  interface Entry {
    /** Returns the id of the other server; empty before it is known. */
    String remoteId();

    /** Returns whether this server has connected to the other. */
    boolean isSolicited();

    PeerTotals totals();
  }

  // The connected servers that may not have introduced themselves.
  private static final int MOST_STRANGERS = 64;

  private final String serverId;
  // All guarded by this object's monitor.
  private final Map<String, R> established = new HashMap<>();
  // All that are served, also those that have not introduced themselves.
  private final Set<R> served = new HashSet<>();
  // Those that this server has asked for a route.
  private final Set<R> requested = new HashSet<>();
  private PeerTotals ended = PeerTotals.NONE;
  // How often a route was established or ended, and how much of that clients were told of.
  private long changes;
  private long announced;
  private boolean closed;

  /** Makes an empty table of the server of that id. */
  RouteTable(String serverId) {
    this.serverId = serverId;
  }

  /** Returns whether so many strangers are connected that no more may be. */
  synchronized boolean isCrowded() {
    return served.size() - established.size() >= MOST_STRANGERS;
  }

  /** Adds a route that is about to be served; returns false when the table is closed. */
  synchronized boolean add(R route) {
    return !closed && served.add(route);
  }

  /** Removes a route that is not served any more. */
  synchronized void remove(R route) {
    served.remove(route);
    ended = ended.plus(route.totals());
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Accepts no more routes; returns those that are being served. */
  synchronized List<R> close() {
    closed = true;
    notifyAll();
    return List.copyOf(served);
  }

  synchronized boolean isConnectedTo(String id) {
    return established.containsKey(id);
  }

  /** Returns whether this server may ask another one for a route, and notes that it does. */
  synchronized boolean request(R route, String id) {
    return !closed
        && !id.equals(serverId)
        && !established.containsKey(id)
        && !isRequested(id)
        && requested.add(route);
  }

  private boolean isRequested(String id) {
    return requested.stream().anyMatch(each -> each.remoteId().equals(id));
  }

  /**
   * Decides whether to establish a route. Where two servers have connected to each other at the
   * same time, both keep the route that the server with the smaller id has asked for.
   *
   * @param replaced takes the route that this one replaces, if any; must not block
   */
  synchronized boolean establish(R route, Consumer<R> replaced) {
    String id = route.remoteId();
    requested.remove(route);
    if (closed || id.equals(serverId)) {
      return false;
    }
    boolean mineWins = serverId.compareTo(id) < 0;
    R there = established.get(id);
    if (there == null) {
      if (!route.isSolicited() && mineWins && isRequested(id)) {
        return false;
      }
    } else {
      // A server that asks again has lost the route it had.
      boolean replaces =
          route.isSolicited() == there.isSolicited()
              ? !route.isSolicited()
              : route.isSolicited() == mineWins;
      if (!replaces) {
        return false;
      }
      replaced.accept(there);
    }
    established.put(id, route);
    changes++;
    return true;
  }

  /** Notes the end of a route; returns whether it was established, unless the table is closed. */
  synchronized boolean end(R route) {
    requested.remove(route);
    if (!established.remove(route.remoteId(), route)) {
      return false;
    }
    changes++;
    return !closed;
  }

  /** Returns the established routes. */
  synchronized List<R> established() {
    return List.copyOf(established.values());
  }

  /** Returns how often a route was established or ended. */
  synchronized long changes() {
    return changes;
  }

  /** Notes that clients were told of so many changes. */
  synchronized void announced(long upTo) {
    announced = Math.max(announced, upTo);
    notifyAll();
  }

  /**
   * Waits until so many routes are established, no more and no fewer, and clients know it.
   *
   * @return false if they are not after {@code patience}, or the table is closed
   */
  synchronized boolean await(int routes, Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (!closed && (announced < changes || established.size() != routes)) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return !closed;
  }

  /**
   * Returns the established routes to other servers than that of {@code route}, which another one
   * to the same server may have replaced meanwhile: a nats-server that is told of itself closes the
   * route, keeps its entry, and refuses all others for good.
   */
  List<R> others(R route) {
    List<R> others = new ArrayList<>(established());
    others.removeIf(each -> each.remoteId().equals(route.remoteId()));
    return others;
  }

  /** Returns what has gone through all routes so far. */
  synchronized PeerTotals totals() {
    PeerTotals totals = ended;
    for (R route : served) {
      totals = totals.plus(route.totals());
    }
    return totals;
  }
}
