package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where a message to one literal subject goes: to all of {@code plain}, one of each queue group,
 * and to other servers that have subscribers for it.
 */
final class MatchResult {
  static final Subscription[] NO_SUBSCRIPTIONS = {};
  private static final String[] NO_QUEUES = {};
  private static final Subscription[][] NO_GROUPS = {};
  static final MatchResult NOWHERE = new MatchResult(NO_SUBSCRIPTIONS, NO_GROUPS, null);

  /** The subscriptions here that are in no queue group; not to be modified. */
  final Subscription[] plain;

  /** The members here of each queue group, which may be none; not to be modified. */
  final Subscription[][] groups;

  /** The subscribers of other servers; null when there are none. */
  final @Nullable Elsewhere elsewhere;

  /**
   * Subscribers of other servers.
   *
   * @param neighbors the servers that have some in no queue group, each once
   * @param queues the names of the queue groups, as {@code groups} has them
   * @param groups the subscriptions that stand for members there, of each group, repeated by their
   *     weight: those of the same cluster
   * @param leaves the same of leaf nodes and hubs, also of others of the cluster, which come after
   *     its own
   * @param hasLeaves whether some of the servers are leaf nodes or hubs
   */
  // Compared by nobody.
  @SuppressWarnings("ArrayRecordComponent")
  record Elsewhere(
      RoutedSubscriber[] neighbors,
      String[] queues,
      Subscription[][] groups,
      Subscription[][] leaves,
      boolean hasLeaves) {
    /**
     * Chooses another server's member of a queue group that has none here.
     *
     * @param source the server that has brought the message; null when a client has published it
     * @param origin the cluster whose leaf node has brought it; empty for none
     */
    @Nullable List<Subscription> chooseRemote(
        int group,
        @Nullable RoutedSubscriber source,
        String origin,
        String route,
        @Nullable List<Subscription> settled) {
      Subscription chosen = chooseFollowing(groups[group], source, origin, route);
      if (chosen == null) {
        chosen = chooseFollowing(leaves[group], source, origin, route);
      }
      if (chosen == null) {
        return settled;
      }
      List<Subscription> all = settled == null ? new ArrayList<>() : settled;
      all.add(chosen);
      return all;
    }

    private static @Nullable Subscription chooseFollowing(
        Subscription[] members, @Nullable RoutedSubscriber source, String origin, String route) {
      int start = members.length <= 1 ? 0 : ThreadLocalRandom.current().nextInt(members.length);
      for (int i = 0; i < members.length; i++) {
        Subscription member = members[(start + i) % members.length];
        if (member.isOpen()
            && member.subscriber() instanceof RoutedSubscriber server
            && (source == null || server.follows(source, origin, route))
            && (origin.isEmpty() || !origin.equals(server.origin(member)))) {
          return member;
        }
      }
      return null;
    }

    /**
     * Forwards a message, once to each server, with the queue groups whose chosen member is there.
     *
     * @param source the server that has brought it; null when a client has published it
     * @param origin the cluster whose leaf node has brought it; empty for none
     * @return to how many servers
     */
    int forward(
        String account,
        AccountTraffic traffic,
        @Nullable RoutedSubscriber source,
        String origin,
        String route,
        Message message,
        @Nullable List<Subscription> chosen,
        WorkBatch batch) {
      int servers = 0;
      int routes = 0;
      if (chosen == null) {
        for (RoutedSubscriber neighbor : neighbors) {
          if (source == null || neighbor.follows(source, origin, route)) {
            neighbor.forward(account, origin, route, message, NO_QUEUES, batch);
            servers++;
            routes += neighbor.role() == RoutedSubscriber.Role.ROUTE ? 1 : 0;
          }
        }
      } else {
        for (var each : named(source, origin, route, chosen).entrySet()) {
          String[] names = each.getValue().toArray(NO_QUEUES);
          each.getKey().forward(account, origin, route, message, names, batch);
          servers++;
          routes += each.getKey().role() == RoutedSubscriber.Role.ROUTE ? 1 : 0;
        }
      }
      traffic.countSent(routes, servers - routes, message.length());
      return servers;
    }

    private Map<RoutedSubscriber, List<String>> named(
        @Nullable RoutedSubscriber source, String origin, String route, List<Subscription> chosen) {
      Map<RoutedSubscriber, List<String>> named = new LinkedHashMap<>();
      for (RoutedSubscriber neighbor : neighbors) {
        if (source == null || neighbor.follows(source, origin, route)) {
          named.put(neighbor, new ArrayList<>());
        }
      }
      for (Subscription member : chosen) {
        if (member.subscriber() instanceof RoutedSubscriber neighbor && member.queue() != null) {
          named.computeIfAbsent(neighbor, key -> new ArrayList<>()).add(member.queue());
        }
      }
      return named;
    }
  }

  // A server with more members than this does not get a larger share.
  private static final int MOST_WEIGHT = 64;

  private MatchResult(
      Subscription[] plain, Subscription[][] groups, @Nullable Elsewhere elsewhere) {
    this.plain = plain;
    this.groups = groups;
    this.elsewhere = elsewhere;
  }

  /** Returns how many subscriptions and queue groups there are, here and on other servers. */
  int fanout() {
    return plain.length + groups.length + (elsewhere == null ? 0 : elsewhere.neighbors.length);
  }

  private static Elsewhere elsewhere(
      Set<RoutedSubscriber> neighbors,
      Set<String> names,
      Map<String, List<Subscription>> remote,
      Map<String, List<Subscription>> leaf) {
    String[] queues = names.toArray(new String[0]);
    boolean hasLeaves =
        leaf.values().stream().flatMap(List::stream).anyMatch(MatchResult::isOfLeaf)
            || neighbors.stream().anyMatch(each -> each.role() != RoutedSubscriber.Role.ROUTE);
    return new Elsewhere(
        neighbors.toArray(new RoutedSubscriber[0]),
        queues,
        members(queues, remote),
        members(queues, leaf),
        hasLeaves);
  }

  private static boolean isOfLeaf(Subscription subscription) {
    return subscription.subscriber() instanceof RoutedSubscriber server
        && server.role() != RoutedSubscriber.Role.ROUTE;
  }

  private static Subscription[][] members(String[] queues, Map<String, List<Subscription>> of) {
    Subscription[][] there = new Subscription[queues.length][];
    for (int i = 0; i < queues.length; i++) {
      there[i] = of.getOrDefault(queues[i], List.of()).toArray(NO_SUBSCRIPTIONS);
    }
    return there;
  }

  static MatchResult of(List<Subscription> matches) {
    if (matches.isEmpty()) {
      return NOWHERE;
    }
    List<Subscription> plain = new ArrayList<>(matches.size());
    Map<String, List<Subscription>> groups = new LinkedHashMap<>();
    Map<String, List<Subscription>> remote = new LinkedHashMap<>();
    Map<String, List<Subscription>> leaf = new LinkedHashMap<>();
    Set<RoutedSubscriber> neighbors = new LinkedHashSet<>();
    boolean someArePreferred = false;
    for (Subscription match : matches) {
      String queue = match.queue();
      if (match.subscriber() instanceof RoutedSubscriber neighbor) {
        if (queue == null) {
          neighbors.add(neighbor);
        } else {
          groups.computeIfAbsent(queue, name -> new ArrayList<>());
          // Those of leaf nodes come last, wherever in the cluster they are connected.
          boolean routed = neighbor.origin(match) == null;
          List<Subscription> there =
              (routed ? remote : leaf).computeIfAbsent(queue, name -> new ArrayList<>());
          for (int i = Math.min(MOST_WEIGHT, neighbor.members(match)); i > 0; i--) {
            there.add(match);
          }
        }
      } else if (queue == null) {
        plain.add(match);
      } else {
        groups.computeIfAbsent(queue, name -> new ArrayList<>()).add(match);
        someArePreferred |= isPreferred(match);
      }
    }
    if (someArePreferred) {
      groups.values().forEach(MatchResult::keepPreferred);
    }
    Elsewhere elsewhere =
        neighbors.isEmpty() && remote.isEmpty() && leaf.isEmpty()
            ? null
            : elsewhere(neighbors, groups.keySet(), remote, leaf);
    return new MatchResult(
        plain.toArray(NO_SUBSCRIPTIONS),
        groups.isEmpty()
            ? NO_GROUPS
            : groups.values().stream()
                .map(group -> group.toArray(NO_SUBSCRIPTIONS))
                .toArray(Subscription[][]::new),
        elsewhere);
  }

  private static void keepPreferred(List<Subscription> group) {
    if (group.stream().anyMatch(MatchResult::isPreferred)) {
      group.removeIf(member -> !isPreferred(member));
    }
  }

  private static boolean isPreferred(Subscription member) {
    return member.subscriber() instanceof PreferredSubscriber;
  }

  /**
   * Returns a random member of a queue group that is open and not {@code origin}; null when there
   * is none.
   */
  static @Nullable Subscription choose(Subscription[] group, @Nullable Subscriber origin) {
    int start = group.length <= 1 ? 0 : ThreadLocalRandom.current().nextInt(group.length);
    for (int i = 0; i < group.length; i++) {
      Subscription candidate = group[(start + i) % group.length];
      if (candidate.isOpen() && candidate.subscriber() != origin) {
        return candidate;
      }
    }
    return null;
  }

  boolean isEmpty() {
    return plain.length == 0 && groups.length == 0 && elsewhere == null;
  }
}
