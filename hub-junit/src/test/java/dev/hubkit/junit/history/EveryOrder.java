package dev.hubkit.junit.history;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Decides by trying every order, without a memory and without a list of what may come next. */
final class EveryOrder {
  private EveryOrder() {}

  /** Returns whether an order of these operations is that of a register. */
  static boolean explains(Set<RegisterState> states, List<RegisterOperation> left) {
    if (left.stream().noneMatch(RegisterOperation::isAnswered)) {
      return true;
    }
    for (RegisterOperation next : left) {
      boolean mayBeNext = left.stream().noneMatch(other -> other.end() < next.begin());
      if (mayBeNext) {
        Set<RegisterState> after = new LinkedHashSet<>();
        states.forEach(state -> after.addAll(state.after(next)));
        List<RegisterOperation> rest = new ArrayList<>(left);
        rest.remove(next);
        if (!after.isEmpty() && explains(after, rest)) {
          return true;
        }
      }
    }
    return false;
  }
}
