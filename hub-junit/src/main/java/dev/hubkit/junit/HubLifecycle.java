package dev.hubkit.junit;

/** How long one hub of a test lives. */
public enum HubLifecycle {
  /**
   * What the configuration parameter {@code hub.junit.lifecycle} says; without, {@link #PER_CLASS}.
   */
  DEFAULT,
  /** A new hub for each test method. */
  PER_METHOD,
  /** One hub for a test class and the classes nested in it. */
  PER_CLASS,
  /**
   * One hub for the whole test run, shared by all classes that ask for one of the same name and
   * kind; started by the first, stopped when the run ends.
   */
  PER_SUITE
}
