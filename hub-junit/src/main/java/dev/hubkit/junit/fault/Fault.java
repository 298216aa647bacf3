package dev.hubkit.junit.fault;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Something that is broken on purpose until this is closed, which is when the test is over at the
 * latest. Thread-safe.
 */
public final class Fault implements AutoCloseable {
  private final String what;
  private final Runnable undo;
  private final AtomicBoolean closed = new AtomicBoolean();

  Fault(String what, Runnable undo) {
    this.what = what;
    this.undo = undo;
  }

  /** Takes the fault back. Doing so twice is doing so once. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      undo.run();
    }
  }

  /** Whether it is still broken. */
  public boolean isOpen() {
    return !closed.get();
  }

  @Override
  public String toString() {
    return what + (isOpen() ? "" : " (taken back)");
  }
}
