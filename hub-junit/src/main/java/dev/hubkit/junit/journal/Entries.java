package dev.hubkit.junit.journal;

import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The entries of a journal that a query found, oldest first. Immutable. */
public final class Entries implements Iterable<JournalEntry> {
  private final String what;
  private final List<JournalEntry> entries;

  Entries(String what, List<JournalEntry> entries) {
    this.what = what;
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
      throw new AssertionError("The journal has no entry for this: " + what);
    }
    return entries.get(index);
  }

  /** Returns the entries that satisfy a condition, which {@code description} names in messages. */
  public Entries where(String description, Predicate<JournalEntry> condition) {
    return new Entries(
        what + " " + description, entries.stream().filter(condition).collect(Collectors.toList()));
  }

  /** Returns the entries of a client, by the name in its CONNECT. */
  public Entries by(String clientName) {
    return where(
        "by \"" + clientName + "\"",
        entry -> entry.clientName().filter(clientName::equals).isPresent());
  }

  /** Returns the entries whose payload contains {@code text}. */
  public Entries containing(String text) {
    return where("containing \"" + text + "\"", entry -> entry.text().contains(text));
  }

  /** Returns the entries whose message has a header of this name, ignoring case. */
  public Entries withHeader(String name) {
    return where(
        "with header " + name,
        entry -> entry.headers().keySet().stream().anyMatch(name::equalsIgnoreCase));
  }

  /** Returns the entries whose message has a header of this name, ignoring case, and value. */
  public Entries withHeader(String name, @Nullable String value) {
    return where(
        "with header " + name + ": " + value,
        entry ->
            entry.headers().entrySet().stream()
                .anyMatch(
                    header ->
                        header.getKey().equalsIgnoreCase(name)
                            && header.getValue().contains(value)));
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
        ? "nothing: " + what
        : entries.stream().map(JournalEntry::toString).collect(Collectors.joining("\n"));
  }
}
