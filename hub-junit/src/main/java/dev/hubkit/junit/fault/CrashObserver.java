package dev.hubkit.junit.fault;

/**
 * Is told when a test ends a hub as a crash does, when it starts the hub again, and of other
 * faults.
 */
public interface CrashObserver {
  /**
   * Called before the servers end.
   *
   * @param powerLoss whether what was not synced is lost, too
   */
  void crashed(boolean powerLoss);

  /** Called before the servers start again. */
  void recovered();

  /** Called when a fault begins. */
  default void began(String fault) {}

  /** Called when a fault has ended. */
  default void ended(String fault) {}

  /**
   * Called when something happens once: a fault that is over at once, or the deed of an injector.
   */
  default void happened(String what) {}
}
