package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.ProtocolException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The subscriptions of another server's clients, as far as this server exports their subjects. The
 * thread that reads from the other server changes them, and so does a change of permissions; any
 * thread reads them.
 */
final class RemoteInterest {
  private final RoutedSubscriber neighbor;
  private final Function<String, Account> accounts;
  private final ConcurrentHashMap<String, Wanted> wanted = new ConcurrentHashMap<>();
  private volatile Permissions permissions;
  // Whether some subscriptions also match subjects that are not exported.
  private volatile boolean filtered;

  private record Wanted(Account account, Subscription subscription) {
    void end() {
      account.unsubscribe(subscription);
    }
  }

  RemoteInterest(
      RoutedSubscriber neighbor, Function<String, Account> accounts, Permissions permissions) {
    this.neighbor = neighbor;
    this.accounts = accounts;
    this.permissions = permissions;
  }

  /** Handles an RS+. */
  void subscribe(PeerInput input) throws ProtocolException {
    String subject = input.word(2);
    String queue = input.words() > 3 ? input.word(3) : null;
    if (!Subjects.isValid(subject)) {
      throw new ProtocolException("Invalid Subject", "RS+ for the subject " + subject);
    }
    // Its id holds how many members the group has.
    String members = queue == null ? "1" : Integer.toString(Math.max(1, input.size(4)));
    Account account = accounts.apply(input.word(1));
    synchronized (this) {
      if (!permissions.maySubscribe(subject, null)) {
        return;
      }
      filtered |= permissions.needsFilter(subject);
      Wanted before =
          wanted.put(
              key(input),
              new Wanted(account, account.subscribe(subject, queue, members, neighbor)));
      if (before != null) {
        before.end();
      }
    }
  }

  /** Handles an RS-. */
  synchronized void unsubscribe(PeerInput input) throws ProtocolException {
    Wanted ended = wanted.remove(key(input));
    if (ended != null) {
      ended.end();
    }
  }

  private static String key(PeerInput input) throws ProtocolException {
    String key = input.word(1) + " " + input.word(2);
    return input.words() > 3 ? key + " " + input.word(3) : key;
  }

  /** Returns whether this server may send the other one a message of that subject. */
  boolean mayReceive(String subject) {
    return !filtered || permissions.mayReceive(subject, null);
  }

  /**
   * Changes which subjects are exported. The other server must subscribe again to subjects that
   * were not exported before.
   */
  synchronized void permissions(Permissions changed) {
    permissions = changed;
    boolean needed = false;
    for (var entry : wanted.entrySet()) {
      String subject = entry.getValue().subscription.subject();
      if (changed.maySubscribe(subject, null)) {
        needed |= changed.needsFilter(subject);
      } else if (wanted.remove(entry.getKey(), entry.getValue())) {
        entry.getValue().end();
      }
    }
    filtered = needed;
  }

  List<Subscription> subscriptions() {
    return wanted.values().stream().map(Wanted::subscription).toList();
  }

  /** Ends all of it. */
  synchronized void end() {
    wanted.values().forEach(Wanted::end);
    wanted.clear();
  }
}
