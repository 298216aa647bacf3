package dev.hubkit.nats.account;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a message to one literal subject goes: to all of {@code plain}, one of each queue group.
 */
final class Routes {
  static final Subscription[] NO_SUBSCRIPTIONS = {};
  private static final Subscription[][] NO_GROUPS = {};
  static final Routes NOWHERE = new Routes(NO_SUBSCRIPTIONS, NO_GROUPS);

  /** Those in no queue group; not to be written to. */
  final Subscription[] plain;

  /** The members of each queue group; not to be written to. */
  final Subscription[][] groups;

  private Routes(Subscription[] plain, Subscription[][] groups) {
    this.plain = plain;
    this.groups = groups;
  }

  static Routes of(List<Subscription> matches) {
    if (matches.isEmpty()) {
      return NOWHERE;
    }
    List<Subscription> plain = new ArrayList<>(matches.size());
    Map<String, List<Subscription>> groups = new LinkedHashMap<>();
    for (Subscription match : matches) {
      String queue = match.queue();
      if (queue == null) {
        plain.add(match);
      } else {
        groups.computeIfAbsent(queue, name -> new ArrayList<>()).add(match);
      }
    }
    return new Routes(
        plain.toArray(NO_SUBSCRIPTIONS),
        groups.isEmpty()
            ? NO_GROUPS
            : groups.values().stream()
                .map(group -> group.toArray(NO_SUBSCRIPTIONS))
                .toArray(Subscription[][]::new));
  }

  boolean isEmpty() {
    return plain.length == 0 && groups.length == 0;
  }
}
