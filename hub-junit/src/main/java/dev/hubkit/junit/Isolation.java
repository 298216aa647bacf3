package dev.hubkit.junit;

/** What tests of one hub see of each other. */
public enum Isolation {
  /** What the configuration parameter {@code hub.junit.isolation} says; without, {@link #NONE}. */
  DEFAULT,
  /** All are in one account and on one repository. */
  NONE,
  /**
   * Each test has a NATS account, on a port of its own, and a repository, at a URL of its own. Both
   * are made when first asked for, with what is declared, and are gone after the test. Nothing of
   * the hub can be injected outside a test then.
   */
  PER_TEST
}
