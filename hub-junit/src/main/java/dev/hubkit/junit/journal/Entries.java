package dev.hubkit.junit.journal;

import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The entries of a journal that a query found, oldest first. Immutable. */
public final class Entries extends EntrySelection<Entries> implements Iterable<JournalEntry> {
  private final JournalCondition condition;
  private final List<JournalEntry> entries;
  private final Function<JournalCondition, String> nearest;

  /**
   * Makes the entries.
   *
   * @param nearest returns a text about what comes nearest to a condition; empty for nothing
   */
  Entries(
      JournalCondition condition,
      List<JournalEntry> entries,
      Function<JournalCondition, String> nearest) {
    this.condition = condition;
    this.nearest = nearest;
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
   * @throws AssertionError if there is none; the message contains what came nearest
   */
  public JournalEntry first() {
    return require(0);
  }

  /**
   * Returns the newest entry.
   *
   * @throws AssertionError if there is none; the message contains what came nearest
   */
  public JournalEntry last() {
    return require(entries.size() - 1);
  }

  private JournalEntry require(int index) {
    if (entries.isEmpty()) {
      String near = nearest.apply(condition);
      throw new AssertionError(
          "The journal has no entry for this: "
              + condition.text()
              + (near.isEmpty() ? "" : "\nThe " + near));
    }
    return entries.get(index);
  }

  @Override
  Entries narrow(Requirement requirement) {
    return new Entries(
        condition.and(requirement),
        entries.stream().filter(requirement::holds).collect(Collectors.toList()),
        nearest);
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
