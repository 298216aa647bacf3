package dev.hubkit.nats.leaf;

import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.RoutedSubscriber;

/**
 * What both sides of a leaf node connection have agreed on.
 *
 * @param account the account here whose subjects are shared
 * @param role what the other side is to this one
 * @param permissions what may cross
 * @param remoteName the name of the other server
 * @param cluster the cluster of the other server; empty for none
 * @param domain the JetStream domain of the other server; empty for none
 * @param remoteAccount the account there; empty when it is not known
 * @param isolated whether the other side is not told what other leaf nodes subscribe to
 * @param protocol the version of the protocol that the other server speaks
 */
record LeafBinding(
    Account account,
    RoutedSubscriber.Role role,
    LeafPermissions permissions,
    String remoteName,
    String cluster,
    String domain,
    String remoteAccount,
    boolean isolated,
    int protocol) {
  boolean isSpoke() {
    return role == RoutedSubscriber.Role.HUB;
  }

  /** Returns whether the other server traces messages. */
  boolean traces() {
    return protocol >= LeafInfo.TRACING;
  }

  LeafBinding with(LeafPermissions others) {
    return new LeafBinding(
        account, role, others, remoteName, cluster, domain, remoteAccount, isolated, protocol);
  }
}
