package dev.hubkit.junit;

/**
 * When the extension writes the trace of a test: a file with a page that shows what happened in the
 * hub, step by step, for any browser.
 */
public enum Trace {
  /** As the configuration parameter {@code hub.junit.trace} says, otherwise {@link #ON_FAILURE}. */
  DEFAULT,
  /** When a test fails. */
  ON_FAILURE,
  /** After every test. */
  ALWAYS,
  /** Never; the hub does not keep what only a trace shows. */
  NEVER
}
