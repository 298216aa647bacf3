package dev.hubkit.nats.account;

/** Listens for the first subscription to a subject and the end of the last one. */
@FunctionalInterface
public interface InterestListener {
  /**
   * Called on the thread that subscribed or unsubscribed, without locks held, and never by two
   * threads at once for one registration. Interest that ends and begins again at once may go
   * unnoticed.
   *
   * @param present true when interest has begun, false when it has ended
   */
  void interestChanged(boolean present);
}
