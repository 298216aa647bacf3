package dev.hubkit.nats.account;

/**
 * Hears of the subscriptions of an account that messages published at other servers are to reach.
 * It is called with the account's lock held, in the order in which they come and go, and must
 * neither block nor call the account.
 */
public interface InterestObserver {
  /** Takes note of a subscription that was made in the account of that name. */
  void added(String account, Subscription subscription);

  /** Takes note of a subscription that has ended in the account of that name. */
  void removed(String account, Subscription subscription);
}
