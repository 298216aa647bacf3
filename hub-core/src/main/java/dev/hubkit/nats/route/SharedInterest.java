package dev.hubkit.nats.route;

import dev.hubkit.nats.account.ExportsAndImports;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of this server's clients and leaf nodes, as other servers need to know them:
 * each subject and queue group of an account once, however many clients subscribe to it. Every
 * listener learns all of them, from the beginning and in order. Thread-safe.
 */
final class SharedInterest implements InterestObserver {
  /** Stands for the cluster of a leaf node that is part of none (leafNoOriginCluster). */
  static final String NO_CLUSTER = "_";

  private static final byte[] NOTHING = {};

  /** Sends the changes to other servers. It must not block. */
  interface Listener {
    /** Returns whether it needs to know of a subject. */
    boolean wants(String subject);

    /** Returns whether it is told apart what leaf nodes want. */
    boolean knowsLeafNodes();

    /** Takes a line that says that something begins or ends. */
    void onChange(byte[] line);
  }

  private record Wanted(String account, String subject, @Nullable String queue) {
    byte[] begins(@Nullable String origin, int members) {
      return bytes(origin, "S+ ", queue == null ? "" : " " + members);
    }

    byte[] ends(@Nullable String origin) {
      return bytes(origin, "S- ", "");
    }

    private byte[] bytes(@Nullable String origin, String operation, String end) {
      String name = queue == null ? "" : " " + queue;
      String of = origin == null ? "" : (origin.isEmpty() ? NO_CLUSTER : origin) + " ";
      return ((origin == null ? "R" : "L")
              + operation
              + of
              + account
              + " "
              + subject
              + name
              + end
              + "\r\n")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  /** How many want something: clients, and the leaf nodes of each cluster. */
  private static final class Members {
    private int all;
    private int clients;
    // By cluster; empty for those that are part of none.
    private Map<String, Integer> leafNodes = Map.of();

    void add(@Nullable String origin, int count) {
      int before = of(origin);
      int added = Math.max(count, -before);
      all += added;
      if (origin == null) {
        clients += added;
      } else if (before + added == 0) {
        leafNodes.remove(origin);
      } else {
        if (leafNodes.isEmpty()) {
          leafNodes = new HashMap<>();
        }
        leafNodes.put(origin, before + added);
      }
    }

    int of(@Nullable String origin) {
      return origin == null ? clients : leafNodes.getOrDefault(origin, 0);
    }

    /** Tells a listener of all of them. */
    void tell(Wanted wanted, Listener listener, boolean begins) {
      if (!listener.knowsLeafNodes()) {
        listener.onChange(begins ? wanted.begins(null, all) : wanted.ends(null));
        return;
      }
      if (clients > 0) {
        listener.onChange(begins ? wanted.begins(null, clients) : wanted.ends(null));
      }
      leafNodes.forEach(
          (origin, count) ->
              listener.onChange(begins ? wanted.begins(origin, count) : wanted.ends(origin)));
    }
  }

  private final Map<Wanted, Members> counts = new LinkedHashMap<>();
  // A listener that has failed is not among them any more.
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  @Override
  public synchronized void added(String account, Subscription subscription) {
    if (isForOthers(subscription)) {
      change(account, subscription, RoutedSubscriber.weightOf(subscription));
    }
  }

  @Override
  public synchronized void removed(String account, Subscription subscription) {
    if (isForOthers(subscription)) {
      change(account, subscription, -RoutedSubscriber.weightOf(subscription));
    }
  }

  private void change(String account, Subscription subscription, int by) {
    Wanted wanted = new Wanted(account, subscription.subject(), subscription.queue());
    String origin =
        subscription.subscriber() instanceof RoutedSubscriber leaf
            ? leaf.origin(subscription)
            : null;
    Members members = counts.computeIfAbsent(wanted, key -> new Members());
    int all = members.all;
    int some = members.of(origin);
    members.add(origin, by);
    if (members.all == 0) {
      counts.remove(wanted);
    }
    byte[] apart = line(wanted, origin, some, members.of(origin));
    byte[] together = origin == null && some == all ? apart : line(wanted, null, all, members.all);
    for (Listener listener : listeners) {
      byte[] line = listener.knowsLeafNodes() ? apart : together;
      if (line.length > 0 && listener.wants(wanted.subject)) {
        listener.onChange(line);
      }
    }
  }

  // Empty where nothing changes for others.
  private static byte[] line(Wanted wanted, @Nullable String origin, int before, int now) {
    boolean concerns = wanted.queue == null ? (before == 0) != (now == 0) : before != now;
    if (!concerns) {
      return NOTHING;
    }
    return now == 0 ? wanted.ends(origin) : wanted.begins(origin, now);
  }

  // Neither what other servers of the cluster or a hub want, nor what they import themselves.
  private static boolean isForOthers(Subscription subscription) {
    return !ExportsAndImports.isServiceImport(subscription)
        && !(subscription.subscriber() instanceof RoutedSubscriber server
            && server.role() != RoutedSubscriber.Role.SPOKE);
  }

  /** Sends {@code listener} the present interest, and from now on every change. */
  synchronized void listen(Listener listener) {
    sendAll(listener);
    listeners.add(listener);
  }

  /** Sends {@code listener} the present interest once more. */
  synchronized void sendAll(Listener listener) {
    counts.forEach(
        (wanted, members) -> {
          if (listener.wants(wanted.subject)) {
            members.tell(wanted, listener, true);
          }
        });
  }

  /**
   * Runs a task that changes which subjects {@code listener} wants, and sends it the interest that
   * begins or ends thereby.
   */
  synchronized void change(Listener listener, Runnable change) {
    Set<Wanted> before = new HashSet<>(counts.keySet());
    before.removeIf(wanted -> !listener.wants(wanted.subject));
    change.run();
    counts.forEach(
        (wanted, members) -> {
          boolean wants = listener.wants(wanted.subject);
          if (wants != before.contains(wanted)) {
            members.tell(wanted, listener, wants);
          }
        });
  }

  synchronized void forget(Listener listener) {
    listeners.remove(listener);
  }
}
