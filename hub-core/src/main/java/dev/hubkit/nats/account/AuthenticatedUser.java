package dev.hubkit.nats.account;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The user that a client has logged in as. Immutable.
 *
 * @param name as logs and monitoring show it; null for nobody in particular
 * @param expires when the login ends, in nanoseconds since the epoch; 0 for never
 * @param maxSubscriptions most subscriptions of the connection; negative for the server's limit
 * @param maxPayload largest payload in bytes; negative for the server's limit
 * @param origin what the user's token says beyond that
 */
public record AuthenticatedUser(
    @Nullable String name,
    Account account,
    Permissions permissions,
    long expires,
    int maxSubscriptions,
    int maxPayload,
    Origin origin) {

  /**
   * Where a user comes from.
   *
   * @param issuer the key that has signed the user's token, or the account of an NKey; empty for
   *     users of other kinds
   * @param nameTag how the token calls the user; empty for nothing
   * @param bearer whether the token alone lets in whoever has it
   */
  public record Origin(String issuer, String nameTag, List<String> tags, boolean bearer) {
    /** Of a user without a token. */
    public static final Origin NONE = new Origin("", "", List.of(), false);
  }

  /** Returns a user without a token. */
  public AuthenticatedUser(
      @Nullable String name,
      Account account,
      Permissions permissions,
      long expires,
      int maxSubscriptions,
      int maxPayload) {
    this(name, account, permissions, expires, maxSubscriptions, maxPayload, Origin.NONE);
  }

  /** Returns the same user with other permissions. */
  public AuthenticatedUser with(Permissions others) {
    return new AuthenticatedUser(
        name, account, others, expires, maxSubscriptions, maxPayload, origin);
  }

  /** Returns an anonymous user with every permission in {@code account}. */
  public static AuthenticatedUser anyone(Account account) {
    return new AuthenticatedUser(null, account, Permissions.ALL, 0, -1, -1);
  }
}
