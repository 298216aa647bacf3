package dev.hubkit.junit;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What depends on a hub, such as a running application: the hub closes it before it stops, the last
 * added first. Thread-safe.
 */
public final class Dependents {
  private final List<AutoCloseable> all = new ArrayList<>();

  Dependents() {}

  /** Adds what the hub closes before it stops. */
  public synchronized void add(AutoCloseable dependent) {
    all.add(Objects.requireNonNull(dependent, "dependent"));
  }

  /** Removes what others have closed. */
  public synchronized void remove(AutoCloseable dependent) {
    all.removeIf(each -> each == dependent);
  }

  /** Closes all, and throws what the first failure threw, the others being suppressed in it. */
  void close() {
    RuntimeException failure = null;
    for (AutoCloseable each : takeAll()) {
      try {
        each.close();
      } catch (Exception e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        if (failure == null) {
          failure = new IllegalStateException(each + " did not close before its hub", e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private synchronized List<AutoCloseable> takeAll() {
    List<AutoCloseable> taken = new ArrayList<>();
    for (int i = all.size() - 1; i >= 0; i--) {
      taken.add(all.get(i));
    }
    all.clear();
    return taken;
  }
}
