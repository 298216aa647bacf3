package dev.hubkit.junit.journal;

import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Entries of a journal, as they were when asked for, oldest first. Immutable. */
public final class Entries implements Iterable<JournalEntry> {
  private final String what;
  private final List<JournalEntry> entries;

  Entries(String what, List<JournalEntry> entries) {
    this.what = what;
    this.entries = List.copyOf(entries);
  }

  /** The entries. */
  public List<JournalEntry> list() {
    return entries;
  }

  /** How many there are. */
  public int count() {
    return entries.size();
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * The oldest.
   *
   * @throws AssertionError if there is none
   */
  public JournalEntry first() {
    return require(0);
  }

  /**
   * The newest.
   *
   * @throws AssertionError if there is none
   */
  public JournalEntry last() {
    return require(entries.size() - 1);
  }

  private JournalEntry require(int index) {
    if (entries.isEmpty()) {
      throw new AssertionError("The journal has nothing of this: " + what);
    }
    return entries.get(index);
  }

  /** Those that satisfy a condition. */
  public Entries where(String condition, Predicate<JournalEntry> meant) {
    return new Entries(
        what + " " + condition, entries.stream().filter(meant).collect(Collectors.toList()));
  }

  /** Those of a client, by the name it gave itself. */
  public Entries by(String clientName) {
    return where(
        "by \"" + clientName + "\"",
        entry -> entry.clientName().filter(clientName::equals).isPresent());
  }

  /** Those whose message has {@code text} in its payload. */
  public Entries containing(String text) {
    return where("containing \"" + text + "\"", entry -> entry.text().contains(text));
  }

  /** Those whose message has a header of this name, whatever its case. */
  public Entries withHeader(String name) {
    return where(
        "with header " + name,
        entry -> entry.headers().keySet().stream().anyMatch(name::equalsIgnoreCase));
  }

  /** Those whose message has a header of this name, whatever its case, with this value. */
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

  /** The entries one after the other. */
  public Stream<JournalEntry> stream() {
    return entries.stream();
  }

  @Override
  public Iterator<JournalEntry> iterator() {
    return entries.iterator();
  }

  /** A line for each. */
  @Override
  public String toString() {
    return entries.isEmpty()
        ? "nothing: " + what
        : entries.stream().map(JournalEntry::toString).collect(Collectors.joining("\n"));
  }
}
