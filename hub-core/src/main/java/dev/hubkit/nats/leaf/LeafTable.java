package dev.hubkit.nats.leaf;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The leaf node connections of one server: those that are served, and of these the ones that have
 * introduced themselves. Thread-safe.
 *
 * @param <L> the connections
 */
final class LeafTable<L> {
  // The connected servers that may not have introduced themselves.
  private static final int MOST_STRANGERS = 64;

  // All guarded by this object's monitor.
  private final Set<L> served = new LinkedHashSet<>();
  private final Set<L> established = new LinkedHashSet<>();
  private boolean closed;

  /** Returns whether so many strangers are connected that no more may be. */
  synchronized boolean isCrowded() {
    return served.size() - established.size() >= MOST_STRANGERS;
  }

  /** Adds a connection that is about to be served; returns false when the table is closed. */
  synchronized boolean add(L leaf) {
    return !closed && served.add(leaf);
  }

  /**
   * Notes that a connection has introduced itself.
   *
   * @param replaced tells which connections this one replaces
   * @return a connection that it replaces; null for none
   */
  synchronized @Nullable L establish(L leaf, Predicate<L> replaced) {
    L before = established.stream().filter(replaced).findFirst().orElse(null);
    established.add(leaf);
    return before;
  }

  /** Notes that a connection has ended; returns whether it was established. */
  synchronized boolean end(L leaf) {
    return established.remove(leaf);
  }

  /** Removes a connection that is not served any more. */
  synchronized void remove(L leaf) {
    established.remove(leaf);
    served.remove(leaf);
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Accepts no more connections; returns those that are being served. */
  synchronized List<L> close() {
    closed = true;
    return new ArrayList<>(served);
  }

  /** Returns the connections that are being served. */
  synchronized List<L> served() {
    return new ArrayList<>(served);
  }

  /** Returns the established connections. */
  synchronized List<L> established() {
    return new ArrayList<>(established);
  }
}
