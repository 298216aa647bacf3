package dev.hubkit.nats.leaf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of JetStream stays on its own side of a leaf node connection (addLeafNodeConnection in
 * nats-server's {@code leafnode.go}): requests to the API reach another JetStream by its domain
 * only.
 *
 * @param bounds subjects that cross in neither direction
 * @param outgoing what does not go to the other side; null for nothing
 * @param differ whether the domains of both sides are different ones
 */
record JetStreamBounds(List<String> bounds, @Nullable String outgoing, boolean differ) {
  /** Nothing stays. */
  static final JetStreamBounds NONE = new JetStreamBounds(List.of(), null, false);

  private static final List<String> OF_CLIENTS = List.of("$JS.API.>", "$KV.>", "$OBJ.>");
  private static final List<String> ALL =
      List.of("$JSC.>", "$NRG.>", "$JS.API.>", "$KV.>", "$OBJ.>");

  /**
   * JetStream of this server.
   *
   * @param enabled whether it has JetStream
   * @param domain its domain; empty for none
   * @param extending whether it is part of a JetStream of the other side although it has none
   * @param emptyDefault whether the account uses the JetStream of no domain by default
   */
  record Local(boolean enabled, String domain, boolean extending, boolean emptyDefault) {}

  /**
   * Decides for one connection.
   *
   * @param remoteDomain the domain of the other side; empty for none
   * @param system whether the account is the system account
   * @param hasSystem whether there is a system account
   */
  static JetStreamBounds of(Local local, String remoteDomain, boolean system, boolean hasSystem) {
    if (local.emptyDefault() && !system) {
      return NONE;
    }
    boolean differ =
        !local.domain().equals(remoteDomain)
            || (!local.enabled() && local.domain().isEmpty() && !local.extending())
            || !hasSystem
            || (system && local.emptyDefault());
    if (system) {
      return differ ? new JetStreamBounds(ALL, outgoing(local), true) : NONE;
    }
    return new JetStreamBounds(OF_CLIENTS, differ ? outgoing(local) : null, differ);
  }

  private static @Nullable String outgoing(Local local) {
    return local.enabled() && !local.domain().isEmpty() ? "$JS." + local.domain() + ".API.>" : null;
  }
}
