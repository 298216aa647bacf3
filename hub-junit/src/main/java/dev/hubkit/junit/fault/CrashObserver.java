package dev.hubkit.junit.fault;

/** Is told when a test ends a hub as a crash does, and when it starts the hub again. */
public interface CrashObserver {
  /**
   * Called before the servers end.
   *
   * @param powerLoss whether what was not synced is lost, too
   */
  void crashed(boolean powerLoss);

  /** Called before the servers start again. */
  void recovered();
}
