package dev.hubkit.nats.account;

/**
 * Observes the subscriptions of an account, those of other servers among them. Called with the
 * account's lock held, in the order in which subscriptions come and go; must neither block nor call
 * the account.
 */
public interface InterestObserver {
  /** Takes note of a subscription that was made in the account of that name. */
  void added(String account, Subscription subscription);

  /** Takes note of a subscription that has ended in the account of that name. */
  void removed(String account, Subscription subscription);
}
