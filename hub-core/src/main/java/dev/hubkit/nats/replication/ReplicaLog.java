package dev.hubkit.nats.replication;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The entries of a group that one replica has, without those that {@link #compact} has dropped. Not
 * thread-safe.
 */
final class ReplicaLog<C> {
  /** What {@link #termAt} returns for an entry that is not there. */
  static final long UNKNOWN = -1;

  private final List<LogEntry<C>> entries = new ArrayList<>();
  // By the index of the entry from which on they hold; the first one is at the base or before.
  private final TreeMap<Long, SortedSet<String>> memberships = new TreeMap<>();
  private long baseIndex;
  private long baseTerm;

  ReplicaLog(SortedSet<String> members) {
    memberships.put(0L, frozen(members));
  }

  private static SortedSet<String> frozen(SortedSet<String> members) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(members));
  }

  /** Returns the index of the last entry that was dropped; 0 for none. */
  long baseIndex() {
    return baseIndex;
  }

  long lastIndex() {
    return baseIndex + entries.size();
  }

  long lastTerm() {
    return entries.isEmpty() ? baseTerm : entries.get(entries.size() - 1).term();
  }

  /** Returns the term of an entry, also of the last one dropped; {@link #UNKNOWN} without it. */
  long termAt(long index) {
    if (index == baseIndex) {
      return baseTerm;
    }
    return index < baseIndex || index > lastIndex() ? UNKNOWN : at(index).term();
  }

  /** Returns an entry that is there. */
  LogEntry<C> at(long index) {
    return entries.get((int) (index - baseIndex - 1));
  }

  /** Returns a copy of the entries from {@code index} on, which is after the base. */
  List<LogEntry<C>> from(long index) {
    return index > lastIndex()
        ? List.of()
        : List.copyOf(entries.subList((int) (index - baseIndex - 1), entries.size()));
  }

  /** Returns who has replicas, by the last entry about it. */
  SortedSet<String> members() {
    return memberships.lastEntry().getValue();
  }

  /** Returns who had replicas at an entry that is there. */
  SortedSet<String> membersAt(long index) {
    return memberships.floorEntry(index).getValue();
  }

  /** Returns the index of the last entry about members; not after the base for none. */
  long membersIndex() {
    return memberships.lastKey();
  }

  /** Takes a server from the members without an entry about it. */
  void evict(String server) {
    memberships.replaceAll(
        (index, members) -> {
          TreeSet<String> rest = new TreeSet<>(members);
          return rest.remove(server) && !rest.isEmpty() ? frozen(rest) : members;
        });
  }

  void append(LogEntry<C> entry) {
    if (entry.index() != lastIndex() + 1) {
      throw new IllegalArgumentException(entry + " does not follow entry " + lastIndex());
    }
    entries.add(entry);
    if (entry.content() instanceof LogEntry.Members<C> members) {
      memberships.put(entry.index(), frozen(members.names()));
    }
  }

  /** Drops the entries after {@code last}, which is not before the base. */
  void truncate(long last) {
    entries.subList((int) (last - baseIndex), entries.size()).clear();
    memberships.tailMap(last, false).clear();
  }

  /** Drops the entries up to {@code index}, which is there. */
  void compact(long index) {
    if (index > baseIndex) {
      baseTerm = termAt(index);
      entries.subList(0, (int) (index - baseIndex)).clear();
      memberships.headMap(memberships.floorKey(index), false).clear();
      baseIndex = index;
    }
  }

  /** Begins after an entry that is not there. */
  void reset(long index, long term, SortedSet<String> members) {
    entries.clear();
    memberships.clear();
    memberships.put(index, frozen(members));
    baseIndex = index;
    baseTerm = term;
  }
}
