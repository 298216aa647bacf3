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
   *     weight
   */
  // Compared by nobody.
  @SuppressWarnings("ArrayRecordComponent")
  record Elsewhere(RoutedSubscriber[] neighbors, String[] queues, Subscription[][] groups) {
    /** Chooses another server's member of a queue group that has none here. */
    @Nullable List<Subscription> chooseRemote(int group, @Nullable List<Subscription> settled) {
      Subscription chosen = choose(groups[group], null);
      if (chosen == null) {
        return settled;
      }
      List<Subscription> all = settled == null ? new ArrayList<>() : settled;
      all.add(chosen);
      return all;
    }

    /**
     * Forwards a message, once to each server, with the queue groups whose chosen member is there.
     *
     * @return to how many servers
     */
    int forward(
        String account,
        String route,
        Message message,
        @Nullable List<Subscription> chosen,
        WorkBatch batch) {
      if (chosen == null) {
        for (RoutedSubscriber neighbor : neighbors) {
          neighbor.forward(account, route, message, NO_QUEUES, batch);
        }
        return neighbors.length;
      }
      Map<RoutedSubscriber, List<String>> named = new LinkedHashMap<>();
      for (RoutedSubscriber neighbor : neighbors) {
        named.put(neighbor, new ArrayList<>());
      }
      for (Subscription member : chosen) {
        if (member.subscriber() instanceof RoutedSubscriber neighbor && member.queue() != null) {
          named.computeIfAbsent(neighbor, key -> new ArrayList<>()).add(member.queue());
        }
      }
      named.forEach(
          (neighbor, names) ->
              neighbor.forward(account, route, message, names.toArray(NO_QUEUES), batch));
      return named.size();
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
      Set<RoutedSubscriber> neighbors, Set<String> names, Map<String, List<Subscription>> remote) {
    String[] queues = names.toArray(new String[0]);
    Subscription[][] there = new Subscription[queues.length][];
    for (int i = 0; i < queues.length; i++) {
      there[i] = remote.getOrDefault(queues[i], List.of()).toArray(NO_SUBSCRIPTIONS);
    }
    return new Elsewhere(neighbors.toArray(new RoutedSubscriber[0]), queues, there);
  }

  static MatchResult of(List<Subscription> matches) {
    if (matches.isEmpty()) {
      return NOWHERE;
    }
    List<Subscription> plain = new ArrayList<>(matches.size());
    Map<String, List<Subscription>> groups = new LinkedHashMap<>();
    Map<String, List<Subscription>> remote = new LinkedHashMap<>();
    Set<RoutedSubscriber> neighbors = new LinkedHashSet<>();
    boolean someArePreferred = false;
    for (Subscription match : matches) {
      String queue = match.queue();
      if (match.subscriber() instanceof RoutedSubscriber neighbor) {
        if (queue == null) {
          neighbors.add(neighbor);
        } else {
          groups.computeIfAbsent(queue, name -> new ArrayList<>());
          List<Subscription> there = remote.computeIfAbsent(queue, name -> new ArrayList<>());
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
        neighbors.isEmpty() && remote.isEmpty()
            ? null
            : elsewhere(neighbors, groups.keySet(), remote);
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
