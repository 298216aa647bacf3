package dev.hubkit.nats.account;

/**
 * Told of the subscriptions of an account that messages published at other servers are to reach. It
 * is called with the account's lock held, in the order in which they come and go, and must neither
 * block nor call the account.
 */
public interface InterestObserver {
  /** A subscription has been made. */
  void added(Account account, Subscription subscription);

  /** A subscription has ended. */
  void removed(Account account, Subscription subscription);
}
