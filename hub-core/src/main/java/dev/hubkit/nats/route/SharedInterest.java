package dev.hubkit.nats.route;

import dev.hubkit.nats.account.ExportsAndImports;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of this server's clients, as other servers need to know them: each subject and
 * queue group of an account once, however many clients subscribe to it. Every listener learns all
 * of them, from the beginning and in order. Thread-safe.
 */
final class SharedInterest implements InterestObserver {
  /** Sends the changes to other servers. It must not block. */
  interface Listener {
    /** Returns whether it needs to know of a subject. */
    boolean wants(String subject);

    /** Takes a line that says that something begins or ends. */
    void onChange(byte[] line);
  }

  private record Wanted(String account, String subject, @Nullable String queue) {
    byte[] begins(int members) {
      return bytes("RS+", queue == null ? "" : " " + members);
    }

    byte[] ends() {
      return bytes("RS-", "");
    }

    private byte[] bytes(String operation, String end) {
      String name = queue == null ? "" : " " + queue;
      return (operation + " " + account + " " + subject + name + end + "\r\n")
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  private final Map<Wanted, Integer> counts = new LinkedHashMap<>();
  // A listener that has failed is not among them any more.
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  @Override
  public synchronized void added(String account, Subscription subscription) {
    if (!isForOthers(subscription)) {
      return;
    }
    Wanted wanted = new Wanted(account, subscription.subject(), subscription.queue());
    int members = counts.merge(wanted, RoutedSubscriber.weightOf(subscription), Integer::sum);
    if (members == RoutedSubscriber.weightOf(subscription) || wanted.queue != null) {
      notifyListeners(wanted, wanted.begins(members));
    }
  }

  @Override
  public synchronized void removed(String account, Subscription subscription) {
    if (!isForOthers(subscription)) {
      return;
    }
    Wanted wanted = new Wanted(account, subscription.subject(), subscription.queue());
    int weight = RoutedSubscriber.weightOf(subscription);
    Integer members = counts.computeIfPresent(wanted, (key, n) -> n <= weight ? null : n - weight);
    if (members == null) {
      notifyListeners(wanted, wanted.ends());
    } else if (wanted.queue != null) {
      notifyListeners(wanted, wanted.begins(members));
    }
  }

  // Neither what other servers of the cluster or a hub want, nor what they import themselves.
  private static boolean isForOthers(Subscription subscription) {
    return !ExportsAndImports.isServiceImport(subscription)
        && !(subscription.subscriber() instanceof RoutedSubscriber server
            && server.role() != RoutedSubscriber.Role.SPOKE);
  }

  private void notifyListeners(Wanted wanted, byte[] line) {
    for (Listener listener : listeners) {
      if (listener.wants(wanted.subject)) {
        listener.onChange(line);
      }
    }
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
            listener.onChange(wanted.begins(members));
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
            listener.onChange(wants ? wanted.begins(members) : wanted.ends());
          }
        });
  }

  synchronized void forget(Listener listener) {
    listeners.remove(listener);
  }
}
