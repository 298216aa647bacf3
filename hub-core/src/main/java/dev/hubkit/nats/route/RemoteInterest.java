package dev.hubkit.nats.route;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Permissions;
import dev.hubkit.nats.account.RoutedSubscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.peer.PeerInput;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.ProtocolException;
import dev.hubkit.text.GoNumber;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

  /**
   * Handles an RS+, or an LS+, by which the other server tells what one of its leaf nodes wants.
   *
   * @param ofLeaf whether it is an LS+, which has the leaf node's cluster before the account
   */
  void subscribe(PeerInput input, boolean ofLeaf) throws ProtocolException {
    int at = ofLeaf ? 2 : 1;
    String subject = input.word(at + 1);
    String queue = input.words() > at + 2 ? input.word(at + 2) : null;
    if (!Subjects.isValid(subject)) {
      throw new ProtocolException("Invalid Subject", "RS+ for the subject " + subject);
    }
    // Its id holds how many members the group has, and whose it is.
    String members = queue == null ? "1" : Integer.toString(Math.max(1, input.size(at + 3)));
    String id = ofLeaf ? members + " " + input.word(1) : members;
    Account account = accounts.apply(input.word(at));
    synchronized (this) {
      if (!permissions.maySubscribe(subject, null)) {
        return;
      }
      filtered |= permissions.needsFilter(subject);
      Wanted before =
          wanted.put(
              key(input, ofLeaf),
              new Wanted(account, account.subscribe(subject, queue, id, neighbor)));
      if (before != null) {
        before.end();
      }
    }
  }

  /** Handles an RS-, or an LS-. */
  synchronized void unsubscribe(PeerInput input, boolean ofLeaf) throws ProtocolException {
    Wanted ended = wanted.remove(key(input, ofLeaf));
    if (ended != null) {
      ended.end();
    }
  }

  private static String key(PeerInput input, boolean ofLeaf) throws ProtocolException {
    int at = ofLeaf ? 2 : 1;
    String key = input.word(at) + " " + input.word(at + 1);
    String group = input.words() > at + 2 ? key + " " + input.word(at + 2) : key;
    // No account has a name that begins so.
    return ofLeaf ? " " + input.word(1) + " " + group : group;
  }

  /** Returns how many members the queue group of such a subscription has there. */
  static int members(Subscription subscription) {
    String id = subscription.sid();
    int space = id.indexOf(' ');
    return (int) GoNumber.integer32(space < 0 ? id : id.substring(0, space)).orElse(1);
  }

  /** Returns the cluster of the leaf node that wants it, empty for none; null when none does. */
  static @Nullable String origin(Subscription subscription) {
    String id = subscription.sid();
    int space = id.indexOf(' ');
    if (space < 0) {
      return null;
    }
    String cluster = id.substring(space + 1);
    return cluster.equals(SharedInterest.NO_CLUSTER) ? "" : cluster;
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
