package dev.hubkit.nats.net;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Traffic;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is delivered to the clients of a server, in each account and altogether. A delivery
 * itself counts only in its connection; a report adds up the connections. Thread-safe.
 *
 * <p>A connection is in the sums once at any time: while it is here by its own counters, and from
 * then on by what it has left in its account, which changes with the same lock held.
 */
final class DeliveryTotals {
  // All guarded by this object's monitor.
  private final IdentityHashMap<ClientWriter, Share> connected = new IdentityHashMap<>();
  private final Map<Account, Traffic> left = new WeakHashMap<>();
  private Traffic leftAltogether = Traffic.NONE;

  /** The part of a connection that it has not left behind yet. */
  private static final class Share {
    private final ClientWriter writer;
    private @Nullable Account account;
    private Traffic settled = Traffic.NONE;

    Share(ClientWriter writer) {
      this.writer = writer;
    }

    /** Returns what counts in the account the client is in now. */
    Traffic open() {
      return writer.own().minus(settled);
    }
  }

  /** Counts what a connection delivers from now on. */
  synchronized void begin(ClientWriter writer) {
    connected.put(writer, new Share(writer));
  }

  /** Counts what it delivers from now on in an account; what it has delivered stays where it is. */
  synchronized void enter(ClientWriter writer, Account account) {
    Share share = connected.get(writer);
    if (share != null && share.account != account) {
      settle(share);
      share.account = account;
    }
  }

  /** Notes that a connection delivers nothing any more; nothing happens when that is known. */
  synchronized void end(ClientWriter writer) {
    Share share = connected.remove(writer);
    if (share != null) {
      settle(share);
      leftAltogether = leftAltogether.plus(writer.all());
    }
  }

  private void settle(Share share) {
    Traffic open = share.open();
    share.settled = share.settled.plus(open);
    Account account = share.account;
    if (account != null) {
      left.merge(account, open, Traffic::plus);
    }
  }

  /** Returns what was delivered altogether. */
  synchronized Traffic all() {
    Traffic sum = leftAltogether;
    for (Share share : connected.values()) {
      sum = sum.plus(share.writer.all());
    }
    return sum;
  }

  /** Returns what was delivered in each account in which a client has been. */
  synchronized Map<Account, Traffic> byAccount() {
    Map<Account, Traffic> sums = new HashMap<>(left);
    for (Share share : connected.values()) {
      Account account = share.account;
      if (account != null) {
        sums.merge(account, share.open(), Traffic::plus);
      }
    }
    return sums;
  }
}
