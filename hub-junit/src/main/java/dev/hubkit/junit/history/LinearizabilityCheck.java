package dev.hubkit.junit.history;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the operations on a register could have happened one after another, each at one
 * moment between its beginning and its end. The search is that of Wing and Gong ("Testing and
 * verifying concurrent objects", 1993), which remembers what it has tried as Lowe does ("Testing
 * for linearizability", 2017). Operations without an answer may happen at any time after they
 * began, or never.
 */
final class LinearizabilityCheck {
  /** What the search found. */
  sealed interface Verdict {}

  /** There is an order. */
  record Linearizable() implements Verdict {}

  /**
   * There is no order.
   *
   * @param order the longest order that was possible
   * @param states the states in which it may have left the register
   * @param misfit the operation that should have happened next at the latest, and could not
   */
  record Violated(
      List<RegisterOperation> order, Set<RegisterState> states, RegisterOperation misfit)
      implements Verdict {}

  /** The search took too long. */
  record Undecided(String why) implements Verdict {}

  // The memory of what has been tried, in bytes.
  private static final long MOST_MEMORY = 128L << 20;
  private static final int STEPS_BETWEEN_LOOKS = 1024;

  private final List<RegisterOperation> operations;
  private final Entry head = new Entry(-1, null);
  private final BitSet done;
  private final Set<Tried> tried = new HashSet<>();
  private final Deque<Step> steps = new ArrayDeque<>();
  private Set<RegisterState> states;
  private int left;
  private long memory;
  private @Nullable Violated longest;

  /** Prepares a search that begins with a state. */
  LinearizabilityCheck(RegisterState begin, List<RegisterOperation> operations) {
    this.operations =
        operations.stream().sorted(Comparator.comparingLong(RegisterOperation::begin)).toList();
    this.states = Set.of(begin);
    this.done = new BitSet(operations.size());
    link();
  }

  /** The beginning or the end of an operation, in a list by time. */
  private static final class Entry {
    final int index;
    // The end that belongs to a beginning; null for an end, and where there was no answer.
    final @Nullable Entry end;
    Entry before = this;
    @Nullable Entry next;
    boolean begins;

    Entry(int index, @Nullable Entry end) {
      this.index = index;
      this.end = end;
    }

    void remove() {
      before.next = next;
      if (next != null) {
        next.before = before;
      }
    }

    void putBack() {
      before.next = this;
      if (next != null) {
        next.before = this;
      }
    }
  }

  private record Step(Entry entry, Set<RegisterState> before) {}

  private record Tried(BitSet done, Set<RegisterState> states) {}

  private record Placed(long at, Entry entry) {}

  private void link() {
    List<Placed> placed = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      RegisterOperation operation = operations.get(i);
      Entry end = null;
      if (operation.isAnswered()) {
        end = new Entry(i, null);
        placed.add(new Placed(operation.end(), end));
        left++;
      }
      Entry begin = new Entry(i, end);
      begin.begins = true;
      placed.add(new Placed(operation.begin(), begin));
    }
    placed.sort(Comparator.comparingLong(Placed::at));
    Entry last = head;
    for (Placed each : placed) {
      last.next = each.entry();
      each.entry().before = last;
      last = each.entry();
    }
  }

  /** Searches for at most this long. */
  Verdict search(Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    Entry entry = head.next;
    for (long turn = 1; left > 0; turn++) {
      if (turn % STEPS_BETWEEN_LOOKS == 0 && System.nanoTime() - end > 0) {
        return new Undecided("not in " + atMost.toMillis() + " ms");
      }
      if (memory > MOST_MEMORY) {
        return new Undecided("not with " + (MOST_MEMORY >> 20) + " MiB of memory");
      }
      if (entry == null || !entry.begins) {
        noteDeadEnd(entry);
        Step last = steps.poll();
        if (last == null) {
          return longest == null ? new Undecided("there is no end to search for") : longest;
        }
        entry = undo(last);
      } else if (take(entry)) {
        entry = head.next;
      } else {
        entry = entry.next;
      }
    }
    return new Linearizable();
  }

  private boolean take(Entry entry) {
    RegisterOperation operation = operations.get(entry.index);
    Set<RegisterState> after = new LinkedHashSet<>();
    states.forEach(state -> after.addAll(state.after(operation)));
    if (after.isEmpty()) {
      return false;
    }
    done.set(entry.index);
    if (!tried.add(new Tried((BitSet) done.clone(), after))) {
      done.clear(entry.index);
      return false;
    }
    memory += 200 + done.size() / 8 + 64L * after.size();
    steps.push(new Step(entry, states));
    states = after;
    entry.remove();
    if (entry.end != null) {
      entry.end.remove();
      left--;
    }
    return true;
  }

  private @Nullable Entry undo(Step step) {
    Entry entry = step.entry();
    if (entry.end != null) {
      entry.end.putBack();
      left++;
    }
    entry.putBack();
    done.clear(entry.index);
    states = step.before();
    return entry.next;
  }

  private void noteDeadEnd(@Nullable Entry entry) {
    if (entry == null || (longest != null && longest.order().size() >= steps.size())) {
      return;
    }
    List<RegisterOperation> order = new ArrayList<>();
    steps.descendingIterator().forEachRemaining(s -> order.add(operations.get(s.entry().index)));
    longest = new Violated(order, states, operations.get(entry.index));
  }
}
