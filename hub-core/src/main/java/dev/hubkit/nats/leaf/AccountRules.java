package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.AccountPlaceholders;
import dev.hubkit.nats.release.Compatibility;
import java.util.List;

/** Rules of leaf nodes that name accounts by functions, which nats-server has since 2.15. */
final class AccountRules {
  private static final Log log = Log.of(AccountRules.class);

  private AccountRules() {}

  /**
   * Returns rules of a leaf node with the hashes of accounts; those that are wrong stay as they
   * are, and the log tells of them.
   *
   * @param account the account that the leaf node has; empty where it is not known
   * @param hub the account at the hub; empty where it is not known
   * @param comes whether it will be known later
   * @param leaf the connection
   */
  static List<String> expand(
      LeafServer server, List<String> rules, String account, String hub, boolean comes, Leaf leaf) {
    if (!server.info().compatibility().atLeast(Compatibility.V2_15)) {
      return rules;
    }
    return AccountPlaceholders.expandRules(
        rules,
        account,
        hub,
        comes,
        wrong -> log.error("{} - Error resolving leafnode deny permissions: {}", leaf, wrong));
  }
}
