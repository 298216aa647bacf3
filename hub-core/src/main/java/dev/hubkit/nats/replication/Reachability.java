package dev.hubkit.nats.replication;

import java.util.HashMap;
import java.util.Map;

/**
 * Which servers run at a moment, and which can talk to which. Immutable; {@link ServerLinks} has
 * the present one.
 */
final class Reachability {
  private static final ServerCondition UNKNOWN = new ServerCondition(false, false, 0);
  private static final LinkCondition GOOD = new LinkCondition(true, 0, 0);

  private final Map<String, ServerCondition> servers;
  private final Map<Direction, LinkCondition> links;

  /** From one server to another. */
  record Direction(String from, String to) {}

  /**
   * How a server is.
   *
   * @param starts how often it was started
   */
  record ServerCondition(boolean running, boolean paused, long starts) {}

  /**
   * How a link is.
   *
   * @param cuts how often it was cut
   * @param delayNanos how long a message takes
   */
  record LinkCondition(boolean open, long cuts, long delayNanos) {}

  Reachability() {
    this(Map.of(), Map.of());
  }

  private Reachability(Map<String, ServerCondition> servers, Map<Direction, LinkCondition> links) {
    this.servers = servers;
    this.links = links;
  }

  Reachability with(String server, ServerCondition condition) {
    Map<String, ServerCondition> changed = new HashMap<>(servers);
    changed.put(server, condition);
    return new Reachability(changed, links);
  }

  Reachability with(Direction link, LinkCondition condition) {
    Map<Direction, LinkCondition> changed = new HashMap<>(links);
    changed.put(link, condition);
    return new Reachability(servers, changed);
  }

  /** Opens all links. */
  Reachability healed() {
    Map<Direction, LinkCondition> changed = new HashMap<>(links);
    changed.replaceAll(
        (link, condition) -> new LinkCondition(true, condition.cuts(), condition.delayNanos()));
    return new Reachability(servers, changed);
  }

  ServerCondition server(String name) {
    return servers.getOrDefault(name, UNKNOWN);
  }

  LinkCondition link(String from, String to) {
    return links.getOrDefault(new Direction(from, to), GOOD);
  }

  /** Returns whether what one sends arrives at the other now, or when that goes on. */
  boolean reaches(String from, String to) {
    return server(to).running() && link(from, to).open();
  }

  /** Returns whether one hears what the other sends now. */
  boolean hears(String to, String from) {
    ServerCondition sender = server(from);
    return sender.running() && !sender.paused() && link(from, to).open();
  }
}
