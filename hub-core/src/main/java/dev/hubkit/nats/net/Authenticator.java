package dev.hubkit.nats.net;

import dev.hubkit.nats.account.AuthenticatedUser;
import dev.hubkit.nats.wire.ConnectOptions;
import org.jspecify.annotations.Nullable;

/** Decides which user a client is. Thread-safe. */
public interface Authenticator {
  /** Returns whether INFO asks the client to authenticate. */
  boolean required();

  /**
   * Returns whether there are users, so that reports say that clients must authenticate, although
   * they may do without where one of the users stands for everybody else.
   */
  boolean knowsUsers();

  /** Returns whether INFO carries a nonce for the client to sign. */
  boolean wantsNonce();

  /** Returns whether users are known by their tokens; otherwise tokens are dropped unread. */
  boolean readsTokens();

  /**
   * Returns whether the user that a client has named is one of those that are listed; true where a
   * client has named none, or users are found in another way.
   */
  default boolean isListed(ConnectOptions given) {
    return true;
  }

  /**
   * Returns whether the system account hears of those that log in by their names, as it does of all
   * but the leaf nodes with users of their own (isLeafNodeAuthorized of nats-server).
   */
  default boolean isReported() {
    return true;
  }

  /**
   * Returns the user of a client that has not sent CONNECT yet.
   *
   * @return null when CONNECT must be the first it sends
   */
  @Nullable AuthenticatedUser anonymous();

  /**
   * Looks at what a client has sent in CONNECT and calls one of {@link Login#accept} and {@link
   * Login#refuse}, now or later and on any thread; until then nothing more is read from the client.
   * Called on the thread that reads from the client, and must not block it.
   */
  void authenticate(Login login);

  /** Returns an authenticator that accepts everybody as {@code user}. */
  static Authenticator open(AuthenticatedUser user) {
    return new Authenticator() {
      @Override
      public boolean required() {
        return false;
      }

      @Override
      public boolean knowsUsers() {
        return false;
      }

      @Override
      public boolean wantsNonce() {
        return false;
      }

      @Override
      public boolean readsTokens() {
        return false;
      }

      @Override
      public AuthenticatedUser anonymous() {
        return user;
      }

      @Override
      public void authenticate(Login login) {
        login.accept(user);
      }
    };
  }
}
