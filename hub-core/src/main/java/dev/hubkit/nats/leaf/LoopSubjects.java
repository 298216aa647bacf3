package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.wire.Nuid;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One subject for each account, which a server tells the other sides of its leaf node connections
 * that it subscribes to: when it comes back, they are connected in a circle. Thread-safe.
 */
final class LoopSubjects {
  private final ConcurrentHashMap<String, String> byAccount = new ConcurrentHashMap<>();

  /** Returns that of an account. */
  String of(Account account) {
    return byAccount.computeIfAbsent(
        account.name(), name -> AnnouncedInterest.LOOP_PREFIX + Nuid.next());
  }
}
