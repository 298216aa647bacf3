package dev.hubkit.nats.account;

/**
 * The limits of an account for its clients and leaf nodes; -1 for no limit.
 *
 * @param connections clients at once
 * @param subscriptions subscriptions of one client
 * @param payload bytes of a payload with its headers
 * @param leafNodes connections to leaf nodes and hubs at once
 */
public record ClientLimits(int connections, int subscriptions, int payload, int leafNodes) {
  /** No limits. */
  public static final ClientLimits NONE = new ClientLimits(-1, -1, -1, -1);

  /** Returns the lower of two limits; a negative value means no limit. */
  public static int lower(int one, int other) {
    return one < 0 ? other : other < 0 ? one : Math.min(one, other);
  }
}
