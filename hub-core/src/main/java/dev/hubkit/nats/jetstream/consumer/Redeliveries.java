package dev.hubkit.nats.jetstream.consumer;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/** The messages to redeliver, in the order in which that will happen. */
final class Redeliveries {
  private final LinkedHashSet<Long> queue = new LinkedHashSet<>();

  /** The messages whose last delivery reached no client, and so does not count. */
  private final Set<Long> uncounted = new HashSet<>();

  public boolean isEmpty() {
    return queue.isEmpty();
  }

  public int size() {
    return queue.size();
  }

  public boolean contains(long seq) {
    return !queue.isEmpty() && queue.contains(seq);
  }

  public void add(long seq) {
    queue.add(seq);
  }

  /** Adds a message whose last delivery reached no client. */
  void addUncounted(long seq) {
    queue.add(seq);
    uncounted.add(seq);
  }

  /** Returns the next message; there must be one. */
  public long first() {
    return queue.iterator().next();
  }

  boolean isUncounted(long seq) {
    return !uncounted.isEmpty() && uncounted.contains(seq);
  }

  public void remove(long seq) {
    if (!queue.isEmpty()) {
      queue.remove(seq);
      uncounted.remove(seq);
    }
  }

  /** Removes all messages below {@code seq}. */
  public void removeBelow(long seq) {
    for (Iterator<Long> each = queue.iterator(); each.hasNext(); ) {
      long queued = each.next();
      if (queued < seq) {
        each.remove();
        uncounted.remove(queued);
      }
    }
  }

  public void clear() {
    queue.clear();
    uncounted.clear();
  }
}
