package dev.hubkit.nats;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.leaf.LeafNodes;
import dev.hubkit.nats.net.AuthenticatedPeer;
import dev.hubkit.nats.net.Clients;
import dev.hubkit.nats.net.CloseReason;
import dev.hubkit.nats.security.ChangedClaims;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The clients and leaf nodes of accounts of operator mode, which follow what the accounts' tokens
 * say.
 */
record ClaimedClients(Clients clients, LeafNodes leafNodes) {
  /** Closes the connections of an account that has expired or is gone. */
  void expire(String account) {
    of(account)
        .forEach(
            each ->
                each.fail(CloseReason.AUTHENTICATION_EXPIRED, "Account Authentication Expired"));
  }

  /**
   * Has the connections of an account follow a change; of those that are too many the oldest stay.
   */
  void follow(Account account, ChangedClaims change) {
    int most = account.limits().connections();
    int count = 0;
    for (AuthenticatedPeer each : of(account.name())) {
      if (most >= 0 && count >= most) {
        each.fail(
            CloseReason.MAX_ACCOUNT_CONNECTIONS_EXCEEDED,
            "maximum account active connections exceeded");
      } else {
        count++;
        change.apply(each, account);
      }
    }
  }

  private List<AuthenticatedPeer> of(String account) {
    return Stream.<AuthenticatedPeer>concat(clients.all().stream(), leafNodes.leafs().stream())
        .filter(each -> isOf(each, account))
        .sorted(Comparator.comparingLong(AuthenticatedPeer::id))
        .toList();
  }

  private static boolean isOf(AuthenticatedPeer peer, String account) {
    AuthenticatedUser user = peer.user();
    return user != null && user.account().name().equals(account);
  }
}
