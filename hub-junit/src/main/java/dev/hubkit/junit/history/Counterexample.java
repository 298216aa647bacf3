package dev.hubkit.junit.history;

import dev.hubkit.junit.history.LinearizabilityCheck.Verdict;
import dev.hubkit.junit.history.LinearizabilityCheck.Violated;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A small part of a history that no order of its operations explains. Each way to make it smaller
 * leaves out what it knows, never adds to it, so what remains is as wrong as the whole: the end of
 * the history (an order of the whole would begin with one of its beginning); its beginning, with
 * nothing known of the state after it; and operations that left the register as it was.
 */
final class Counterexample {
  // Beyond it, what is left out one by one takes too many searches.
  private static final int MOST_ALONE = 100;

  private final RegisterState begin;
  private final Duration patience;
  private final Map<Long, RegisterOperation> originals = new HashMap<>();
  private RegisterState from;
  private List<RegisterOperation> operations;
  private Violated verdict;

  /**
   * Makes the whole history the counterexample.
   *
   * @param verdict the result of the search in it
   * @param patience how long each search for a smaller one may take
   */
  Counterexample(
      RegisterState begin,
      List<RegisterOperation> operations,
      Violated verdict,
      Duration patience) {
    this.begin = begin;
    this.from = begin;
    this.operations = operations;
    this.verdict = verdict;
    this.patience = patience;
    operations.forEach(each -> originals.put(each.begin(), each));
  }

  /** Leaves out what it can. */
  Counterexample shrink() {
    dropEnd();
    dropBeginning();
    if (operations.size() <= MOST_ALONE) {
      dropObservations();
    }
    return this;
  }

  /** Takes the operations if no order explains them either. */
  private boolean take(RegisterState state, List<RegisterOperation> fewer) {
    Verdict found = new LinearizabilityCheck(state, fewer).search(patience);
    if (!(found instanceof Violated violated)) {
      return false;
    }
    from = state;
    operations = fewer;
    verdict = violated;
    return true;
  }

  private long[] ends() {
    return operations.stream()
        .filter(RegisterOperation::isAnswered)
        .mapToLong(RegisterOperation::end)
        .sorted()
        .toArray();
  }

  private void dropEnd() {
    long[] ends = ends();
    List<RegisterOperation> whole = operations;
    int enough = ends.length - 1;
    int low = 0;
    while (low < enough) {
      int middle = (low + enough) >>> 1;
      if (take(begin, until(whole, ends[middle]))) {
        enough = middle;
      } else {
        low = middle + 1;
      }
    }
  }

  private static List<RegisterOperation> until(List<RegisterOperation> all, long end) {
    return all.stream()
        .filter(each -> each.begin() < end)
        .map(each -> each.end() <= end ? each : each.unanswered())
        .toList();
  }

  private void dropBeginning() {
    long[] begins = operations.stream().mapToLong(RegisterOperation::begin).sorted().toArray();
    List<RegisterOperation> whole = operations;
    int kept = 0;
    int high = begins.length - 1;
    while (kept < high) {
      int middle = (kept + high + 1) >>> 1;
      if (take(RegisterState.unknown(begin.expires()), since(whole, begins[middle]))) {
        kept = middle;
      } else {
        high = middle - 1;
      }
    }
  }

  // What had begun may have happened before, so that it need not happen now.
  private static List<RegisterOperation> since(List<RegisterOperation> all, long begin) {
    return all.stream()
        .filter(each -> each.begin() >= begin || (each.end() > begin && !each.isObservation()))
        .map(each -> each.begin() >= begin ? each : each.optional())
        .toList();
  }

  private void dropObservations() {
    for (RegisterOperation each : operations) {
      if (each.isObservation()) {
        List<RegisterOperation> fewer = new ArrayList<>(operations);
        fewer.remove(each);
        take(from, fewer);
      }
    }
    // Unanswered observations say nothing.
    operations =
        operations.stream().filter(each -> each.isAnswered() || !each.isObservation()).toList();
  }

  /** Returns the operations that remain, as they were recorded. */
  List<RegisterOperation> operations() {
    return recorded(operations);
  }

  private List<RegisterOperation> recorded(List<RegisterOperation> those) {
    return those.stream().map(each -> Objects.requireNonNull(originals.get(each.begin()))).toList();
  }

  /** Returns the operations in an order that holds up to the misfit. */
  List<RegisterOperation> order() {
    return recorded(verdict.order());
  }

  /** Returns the states that the order may have led to. */
  Set<RegisterState> states() {
    return verdict.states();
  }

  /** Returns the operation that cannot follow. */
  RegisterOperation misfit() {
    return recorded(List.of(verdict.misfit())).get(0);
  }
}
