package dev.hubkit.nats;

import dev.hubkit.nats.route.RouteCondition;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which links between the servers of a cluster are slow or cut in one direction, and who stands
 * still. Not thread-safe.
 */
final class ClusterLinks {
  private record Direction(String from, String to) {}

  private final Map<Direction, Long> delays = new HashMap<>();
  private final Set<Direction> cut = new HashSet<>();
  private final Set<String> paused = new HashSet<>();

  /** Makes a link slow in one direction; 0 makes it as quick as it can be. */
  void delay(String from, String to, long nanos) {
    Direction direction = new Direction(from, to);
    if (nanos == 0) {
      delays.remove(direction);
    } else {
      delays.put(direction, nanos);
    }
  }

  /** Cuts a link in one direction. */
  void cut(String from, String to) {
    cut.add(new Direction(from, to));
  }

  void pause(String server, boolean still) {
    if (still) {
      paused.add(server);
    } else {
      paused.remove(server);
    }
  }

  boolean isPaused(String server) {
    return paused.contains(server);
  }

  /** Makes all links whole and quick; who stands still goes on doing so. */
  void heal() {
    delays.clear();
    cut.clear();
  }

  /** Returns how what a server sends to the others gets there. */
  Map<String, RouteCondition> from(String server, Collection<String> servers) {
    Map<String, RouteCondition> conditions = new HashMap<>();
    for (String other : servers) {
      RouteCondition there = condition(server, other);
      RouteCondition back = condition(other, server);
      if (!there.equals(RouteCondition.WHOLE) || !back.equals(RouteCondition.WHOLE)) {
        conditions.put(other, new RouteCondition(there.held(), there.delayNanos(), true));
      }
    }
    return conditions;
  }

  private RouteCondition condition(String from, String to) {
    Direction direction = new Direction(from, to);
    boolean held = cut.contains(direction) || isPaused(from) || isPaused(to);
    return new RouteCondition(held, delays.getOrDefault(direction, 0L), false);
  }
}
