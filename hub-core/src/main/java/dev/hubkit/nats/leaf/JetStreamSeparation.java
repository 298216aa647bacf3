package dev.hubkit.nats.leaf;

import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.account.Account;

/** Keeps the JetStreams of both sides of a connection apart, see {@link JetStreamBounds}. */
final class JetStreamSeparation {
  private static final Log log = Log.of(JetStreamSeparation.class);

  private JetStreamSeparation() {}

  /**
   * Returns the binding with that kept from crossing.
   *
   * @param leaf the connection, for the log
   */
  static LeafBinding apply(LeafServer server, LeafBinding agreed, Leaf leaf) {
    Account account = agreed.account();
    boolean system = server.isSystem(account);
    JetStreamBounds.Local local =
        new JetStreamBounds.Local(
            server.hasJetStream(), server.domain(), false, server.hasEmptyDefaultDomain(account));
    JetStreamBounds bounds =
        JetStreamBounds.of(local, agreed.domain(), system, server.hasSystemAccount());
    if (bounds.differ() && system) {
      log.info("{} - System account connected from {}", leaf, agreed.remoteName());
      log.info("{} - JetStream not extended, domains differ", leaf);
    } else if (bounds.differ()) {
      log.info(
          "{} - JetStream using domains: local {}, remote {}",
          leaf,
          Quoted.of(local.domain()),
          Quoted.of(agreed.domain()));
    }
    return agreed.with(
        agreed.permissions().within(bounds.bounds(), bounds.outgoing(), agreed.isSpoke()));
  }
}
