package dev.hubkit.nats.account;

import org.jspecify.annotations.Nullable;

/**
 * Who a client turned out to be when it logged in. Immutable.
 *
 * @param name as logs and monitoring show it; null for nobody in particular
 * @param expires when the login ends, in nanoseconds since the epoch; 0 for never
 * @param maxSubscriptions most subscriptions of the connection; negative for the server's limit
 * @param maxPayload largest payload in bytes; negative for the server's limit
 */
public record User(
    @Nullable String name,
    Account account,
    Permissions permissions,
    long expires,
    int maxSubscriptions,
    int maxPayload) {

  /** Nobody in particular, with every permission in {@code account}. */
  public static User anyone(Account account) {
    return new User(null, account, Permissions.ALL, 0, -1, -1);
  }
}
