package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.InterestObserver;
import dev.hubkit.nats.account.Subscription;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of this server subscribe to, as other servers need to know it: each subject and
 * queue group of an account once, however many ask for it. Every listener is told all of it, from
 * the beginning and in order. Thread-safe.
 */
final class SharedInterest implements InterestObserver {
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
  private final List<Consumer<byte[]>> listeners = new ArrayList<>();

  @Override
  public synchronized void added(Account account, Subscription subscription) {
    Wanted wanted = new Wanted(account.name(), subscription.subject(), subscription.queue());
    int members = counts.merge(wanted, 1, Integer::sum);
    if (members == 1 || wanted.queue != null) {
      tell(wanted.begins(members));
    }
  }

  @Override
  public synchronized void removed(Account account, Subscription subscription) {
    Wanted wanted = new Wanted(account.name(), subscription.subject(), subscription.queue());
    Integer members = counts.computeIfPresent(wanted, (key, n) -> n == 1 ? null : n - 1);
    if (members == null) {
      tell(wanted.ends());
    } else if (wanted.queue != null) {
      tell(wanted.begins(members));
    }
  }

  private void tell(byte[] line) {
    listeners.forEach(listener -> listener.accept(line));
  }

  /** Tells {@code listener} what there is, and from now on what changes. It must not block. */
  synchronized void listen(Consumer<byte[]> listener) {
    counts.forEach((wanted, members) -> listener.accept(wanted.begins(members)));
    listeners.add(listener);
  }

  synchronized void forget(Consumer<byte[]> listener) {
    listeners.remove(listener);
  }
}
