package dev.hubkit.nats.account;

/** Told when a subject gains its first subscription or loses its last. */
@FunctionalInterface
public interface InterestListener {
  /**
   * Called on the thread that subscribed or unsubscribed, without locks held, and never by two
   * threads at once for one registration. Interest that ends and begins again at once may go
   * untold.
   *
   * @param present true when interest has begun, false when it has ended
   */
  void interestChanged(boolean present);
}
