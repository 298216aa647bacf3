package dev.hubkit.nats.trace;

/**
 * The connection by which a traced message came in.
 *
 * @param kind what sent it, as nats-server numbers the kinds of connections
 * @param id the id of that connection
 * @param name what its other end calls itself; empty for nothing
 * @param hop its hops from server to server; empty when a client published it
 * @param account the account it was published in
 * @param subject the subject it was published to
 * @param size bytes of header and payload
 */
public record TraceSource(
    int kind, long id, String name, String hop, String account, String subject, int size) {
  /** A client. */
  public static final int CLIENT = 0;

  /** Another server of the cluster. */
  public static final int ROUTE = 1;

  /** A leaf node, or the hub of one. */
  public static final int LEAF = 4;
}
