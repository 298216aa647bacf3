package dev.hubkit.junit.explore;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds a small set of strikes under which a test still fails, by leaving some out: first all, then
 * ever smaller parts. At the end each strike left is needed, as far as the runs have shown. Not
 * thread-safe.
 */
final class Shrinking {
  private static final int MOST_RUNS = 80;

  private List<Strike> smallest;
  private int size;
  private int at;
  private boolean smaller;
  private boolean done;
  private boolean first = true;
  private int runs;
  private List<Strike> tried = List.of();
  private final Set<Set<Strike>> passed = new HashSet<>();

  /** Begins with what struck in a run that failed. */
  Shrinking(List<Strike> struck) {
    smallest = List.copyOf(struck);
    size = Math.max(1, smallest.size() / 2);
  }

  /** Returns the strikes to try next; null when there is nothing left to try. */
  @Nullable List<Strike> next() {
    if (first) {
      first = false;
      return attempt(List.of());
    }
    while (!done && runs < MOST_RUNS && !smallest.isEmpty()) {
      if (at >= smallest.size()) {
        endOfPass();
        continue;
      }
      List<Strike> rest = new ArrayList<>(smallest.subList(0, at));
      rest.addAll(smallest.subList(Math.min(smallest.size(), at + size), smallest.size()));
      if (rest.isEmpty() || passed.contains(new HashSet<>(rest))) {
        at += size;
        continue;
      }
      return attempt(rest);
    }
    return null;
  }

  private List<Strike> attempt(List<Strike> strikes) {
    runs++;
    tried = strikes;
    return strikes;
  }

  private void endOfPass() {
    done = size == 1 && !smaller;
    size = Math.max(1, size / 2);
    at = 0;
    smaller = false;
  }

  /**
   * Takes the result of the run that {@link #next} has asked for.
   *
   * @param struck what really struck
   */
  void result(boolean fails, List<Strike> struck) {
    if (fails) {
      smallest = List.copyOf(struck);
      smaller = true;
    } else {
      passed.add(new HashSet<>(tried));
      at += tried.isEmpty() ? 0 : size;
    }
  }

  /** Returns the smallest set so far, in the order in which it struck. */
  List<Strike> smallest() {
    return smallest;
  }

  /** Returns how many runs it has asked for. */
  int runs() {
    return runs;
  }
}
