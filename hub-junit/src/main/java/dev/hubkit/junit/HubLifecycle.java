package dev.hubkit.junit;

/** How long a hub lives. */
public enum HubLifecycle {
  /**
   * The value of the configuration parameter {@code hub.junit.lifecycle}, or {@link #PER_CLASS}.
   */
  DEFAULT,
  /** A new hub for each test method. */
  PER_METHOD,
  /** One hub for a test class and the classes nested in it. */
  PER_CLASS,
  /**
   * One hub for the whole test run, shared by all classes that declare a hub of the same name and
   * kind. The first class starts it; it stops when the run ends.
   */
  PER_SUITE
}
