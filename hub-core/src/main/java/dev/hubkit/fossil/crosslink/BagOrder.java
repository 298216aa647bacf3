package dev.hubkit.fossil.crosslink;

import java.util.ArrayList;
import java.util.List;

/**
 * The order in which C fossil goes through a set of record numbers: that of its hash table (its
 * bag.c). It matters when check-ins of the same second are moved apart on the timeline, where the
 * last of several children counts.
 */
final class BagOrder {
  private static final int FACTOR = 101;

  private long[] slots = {};
  private int used;

  private BagOrder() {}

  /** Returns the same positive numbers in that order. */
  static List<Long> of(List<Long> numbers) {
    if (numbers.size() < 2) {
      return numbers;
    }
    BagOrder table = new BagOrder();
    numbers.forEach(table::insert);
    List<Long> order = new ArrayList<>(numbers.size());
    for (long slot : table.slots) {
      if (slot != 0) {
        order.add(slot);
      }
    }
    return order;
  }

  private void insert(long number) {
    if (used + 1 >= slots.length / 2) {
      long[] old = slots;
      slots = new long[old.length * 2 + 20];
      for (long slot : old) {
        if (slot != 0) {
          place(slot);
        }
      }
    }
    place(number);
    used++;
  }

  private void place(long number) {
    int slot = (int) (number * FACTOR % slots.length);
    while (slots[slot] != 0) {
      slot = slot + 1 == slots.length ? 0 : slot + 1;
    }
    slots[slot] = number;
  }
}
