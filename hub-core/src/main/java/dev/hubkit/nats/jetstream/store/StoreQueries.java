package dev.hubkit.nats.jetstream.store;

import org.jspecify.annotations.Nullable;

/** Finds and counts messages by subject and sequence, without reading any. */
final class StoreQueries {
  private static final int SCAN_FIRST = 2048;

  private final MessageIndex index;
  private final SubjectIndex subjects;

  StoreQueries(MessageIndex index, SubjectIndex subjects) {
    this.index = index;
    this.subjects = subjects;
  }

  /** The first sequence at or above {@code from} that the filter selects; 0 when none. */
  long next(SubjectFilter filter, long from) {
    if (filter.isAll()) {
      return index.next(from);
    }
    if (!subjects.isLiteral(filter)) {
      // Where matches are frequent, looking at one message after the other finds one soon.
      long at = index.next(from);
      for (int i = 0; i < SCAN_FIRST; i++) {
        if (at == 0 || subjects.matches(filter, index.subject(at))) {
          return at;
        }
        at = index.next(at + 1);
      }
      if (at == 0) {
        return 0;
      }
      return lowest(filter, at);
    }
    return lowest(filter, from);
  }

  private long lowest(SubjectFilter filter, long from) {
    long[] best = {0};
    subjects.forEach(
        filter,
        node -> {
          long at = subjects.ceiling(node, from);
          if (at != 0 && (best[0] == 0 || at < best[0])) {
            best[0] = at;
          }
        });
    return best[0];
  }

  /** The last sequence at or below {@code from} that the filter selects; 0 when none. */
  long previous(SubjectFilter filter, long from) {
    long at = index.previous(from);
    if (filter.isAll()) {
      return at;
    }
    if (!subjects.isLiteral(filter)) {
      for (int i = 0; i < SCAN_FIRST && at != 0; i++) {
        if (subjects.matches(filter, index.subject(at))) {
          return at;
        }
        at = index.previous(at - 1);
      }
    }
    long start = at;
    long[] best = {0};
    subjects.forEach(filter, node -> best[0] = Math.max(best[0], subjects.floor(node, start)));
    return best[0];
  }

  /** The newest sequence of each subject, up to {@code highest}; null beyond the limit. */
  long @Nullable [] lastOfEach(SubjectFilter filter, long highest, int limit) {
    LongList found = new LongList();
    subjects.forEach(
        filter,
        node -> {
          long at = subjects.floor(node, highest);
          if (at != 0) {
            found.add(at);
          }
        });
    return found.size() > limit ? null : found.sorted();
  }

  /** What the filter selects at or above {@code from}. */
  StreamStore.Matches matches(SubjectFilter filter, long from) {
    if (index.count() == 0) {
      return StreamStore.Matches.NONE;
    }
    if (filter.isAll()) {
      long lowest = index.next(from);
      return lowest == 0
          ? StreamStore.Matches.NONE
          : new StreamStore.Matches(index.countFrom(from), lowest, index.previous(Long.MAX_VALUE));
    }
    long[] found = {0, 0, 0};
    subjects.forEach(
        filter,
        node -> {
          long lowest = subjects.ceiling(node, from);
          if (lowest != 0) {
            found[0] += subjects.countFrom(node, from);
            found[1] = found[1] == 0 ? lowest : Math.min(found[1], lowest);
            found[2] = Math.max(found[2], subjects.last(node));
          }
        });
    return new StreamStore.Matches(found[0], found[1], found[2]);
  }

  /** How many messages, or subjects, the filter selects at or above {@code from}. */
  long pending(SubjectFilter filter, long from, boolean lastPerSubject) {
    if (filter.isAll() && !lastPerSubject) {
      return index.countFrom(from);
    }
    if (filter.isAll() && from <= index.next(0)) {
      return subjects.size();
    }
    long[] total = {0};
    subjects.forEach(
        filter,
        node ->
            total[0] +=
                lastPerSubject
                    ? subjects.last(node) >= from ? 1 : 0
                    : subjects.countFrom(node, from));
    return total[0];
  }

  /** The sequences from {@code first} to {@code last} without a message, up to a limit. */
  long[] gaps(long first, long last, int limit) {
    LongList gaps = new LongList();
    if (index.count() > 0) {
      long expected = first;
      for (long at = first; expected <= last && gaps.size() < limit; at = index.next(at + 1)) {
        long next = at == 0 ? last + 1 : at;
        for (; expected < next && gaps.size() < limit; expected++) {
          gaps.add(expected);
        }
        expected = next + 1;
        if (at == 0) {
          break;
        }
      }
    }
    return gaps.toArray();
  }

  /** All sequences below {@code before} that the filter selects, in ascending order. */
  long[] select(SubjectFilter filter, long before) {
    LongList selected = new LongList();
    subjects.forEach(
        filter,
        node -> {
          for (long at = subjects.first(node);
              at != 0 && at < before;
              at = subjects.ceiling(node, at + 1)) {
            selected.add(at);
          }
        });
    return selected.sorted();
  }
}
