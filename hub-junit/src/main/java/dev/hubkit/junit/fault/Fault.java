package dev.hubkit.junit.fault;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A fault that a test has injected. It ends when the test closes it, and at the latest with the
 * test. Thread-safe.
 */
public final class Fault implements AutoCloseable {
  private final String what;
  private final Runnable undo;
  private final AtomicBoolean closed = new AtomicBoolean();

  Fault(String what, Runnable undo) {
    this.what = what;
    this.undo = undo;
  }

  /** Ends the fault. Further calls have no effect. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      undo.run();
    }
  }

  /** Returns whether the fault is still active. */
  public boolean isOpen() {
    return !closed.get();
  }

  @Override
  public String toString() {
    return what + (isOpen() ? "" : " (ended)");
  }
}
