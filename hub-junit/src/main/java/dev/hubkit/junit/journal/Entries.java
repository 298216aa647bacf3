package dev.hubkit.junit.journal;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The entries of a journal that a query found, oldest first. Immutable. */
public final class Entries extends EntrySelection<Entries> implements Iterable<JournalEntry> {
  private final JournalCondition condition;
  private final List<JournalEntry> entries;

  Entries(JournalCondition condition, List<JournalEntry> entries) {
    this.condition = condition;
    this.entries = List.copyOf(entries);
  }

  /** Returns the entries. */
  public List<JournalEntry> list() {
    return entries;
  }

  /** Returns the number of entries. */
  public int count() {
    return entries.size();
  }

  /** Returns whether there are no entries. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * Returns the oldest entry.
   *
   * @throws AssertionError if there is none
   */
  public JournalEntry first() {
    return require(0);
  }

  /**
   * Returns the newest entry.
   *
   * @throws AssertionError if there is none
   */
  public JournalEntry last() {
    return require(entries.size() - 1);
  }

  private JournalEntry require(int index) {
    if (entries.isEmpty()) {
      throw new AssertionError("The journal has no entry for this: " + condition.text());
    }
    return entries.get(index);
  }

  @Override
  Entries narrow(Requirement requirement) {
    return new Entries(
        condition.and(requirement),
        entries.stream().filter(requirement::holds).collect(Collectors.toList()));
  }

  /** Returns a stream of the entries. */
  public Stream<JournalEntry> stream() {
    return entries.stream();
  }

  @Override
  public Iterator<JournalEntry> iterator() {
    return entries.iterator();
  }

  /** Returns a line for each entry. */
  @Override
  public String toString() {
    return entries.isEmpty()
        ? "nothing: " + condition.text()
        : entries.stream().map(JournalEntry::toString).collect(Collectors.joining("\n"));
  }
}
