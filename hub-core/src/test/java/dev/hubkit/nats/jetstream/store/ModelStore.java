package dev.hubkit.nats.jetstream.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/** A model of what a store should do, written as simply as possible. */
final class ModelStore {
  record Entry(String subject, String payload, long timestamp, long bytes) {}

  final TreeMap<Long, Entry> entries = new TreeMap<>();
  long first;
  long last;
  long lastTimestamp;

  ModelStore copy() {
    ModelStore copy = new ModelStore();
    copy.entries.putAll(entries);
    copy.first = first;
    copy.last = last;
    copy.lastTimestamp = lastTimestamp;
    return copy;
  }

  void append(Entry entry, StoreLimits limits) {
    last++;
    if (entries.isEmpty()) {
      first = last;
    }
    entries.put(last, entry);
    lastTimestamp = entry.timestamp;
    if (limits.maxMessagesPerSubject() > 0) {
      List<Long> same = select(entry.subject, 0);
      while (same.size() > limits.maxMessagesPerSubject()) {
        remove(same.remove(0));
      }
    }
    enforce(limits);
  }

  /** Applies other limits, those of the whole stream first. */
  void limit(StoreLimits limits) {
    enforceWhole(limits);
    enforce(limits);
  }

  void enforce(StoreLimits limits) {
    if (limits.maxMessagesPerSubject() > 0) {
      Map<String, Integer> counts = new HashMap<>();
      for (Long sequence : new ArrayList<>(entries.descendingKeySet())) {
        int count = counts.merge(entries.get(sequence).subject, 1, Integer::sum);
        if (count > limits.maxMessagesPerSubject()) {
          remove(sequence);
        }
      }
    }
    enforceWhole(limits);
  }

  private void enforceWhole(StoreLimits limits) {
    while (limits.maxMessages() > 0 && entries.size() > limits.maxMessages()) {
      remove(entries.firstKey());
    }
    while (limits.maxBytes() > 0 && bytes() > limits.maxBytes()) {
      remove(entries.firstKey());
    }
  }

  long bytes() {
    return entries.values().stream().mapToLong(Entry::bytes).sum();
  }

  void skip(long count) {
    last += count;
    if (entries.isEmpty()) {
      first = last + 1;
    }
  }

  boolean remove(long sequence) {
    boolean removed = entries.remove(sequence) != null;
    if (removed && sequence == first) {
      first = entries.isEmpty() ? last + 1 : entries.firstKey();
    }
    return removed;
  }

  int removeIf(LongPredicate doomed) {
    int count = 0;
    for (long sequence : new ArrayList<>(entries.keySet())) {
      if (doomed.test(sequence) && remove(sequence)) {
        count++;
      }
    }
    return count;
  }

  int purge() {
    int count = entries.size();
    entries.clear();
    first = last + 1;
    return count;
  }

  int compact(long sequence) {
    if (sequence > last) {
      int count = entries.size();
      entries.clear();
      first = sequence;
      last = sequence - 1;
      return count;
    }
    return removeIf(at -> at < sequence);
  }

  int purge(String filter, long before, long keep) {
    List<Long> selected = select(filter, 0);
    int most = (int) Math.max(0, selected.size() - keep);
    int count = 0;
    for (long sequence : selected) {
      if (count < most && (before == 0 || sequence < before)) {
        remove(sequence);
        count++;
      }
    }
    return count;
  }

  List<Long> select(String filter, long from) {
    List<Long> found = new ArrayList<>();
    for (Map.Entry<Long, Entry> entry : entries.tailMap(from).entrySet()) {
      if (matches(filter, entry.getValue().subject)) {
        found.add(entry.getKey());
      }
    }
    return found;
  }

  static boolean matches(String filter, String subject) {
    String[] wanted = filter.split("\\.", -1);
    String[] tokens = subject.split("\\.", -1);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals(">")) {
        return tokens.length > i;
      }
      boolean same = i < tokens.length && (wanted[i].equals("*") || wanted[i].equals(tokens[i]));
      if (!same) {
        return false;
      }
    }
    return wanted.length == tokens.length;
  }

  long[] deleted() {
    long[] gaps = new long[0];
    for (long at = first; !entries.isEmpty() && at <= last; at++) {
      if (!entries.containsKey(at)) {
        gaps = Arrays.copyOf(gaps, gaps.length + 1);
        gaps[gaps.length - 1] = at;
      }
    }
    return gaps;
  }
}
