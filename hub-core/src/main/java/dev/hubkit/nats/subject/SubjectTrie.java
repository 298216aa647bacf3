package dev.hubkit.nats.subject;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Values under subjects with or without wildcards, found by the literal subjects that match them.
 * Literals are kept in one hash table, so that finding them costs a single lookup; only subjects
 * with wildcards make a tree of tokens. Values of one subject keep the order they were added in.
 *
 * <p>Not thread-safe; a trie that is no longer changed can be read by any thread.
 *
 * @param <T> what hangs under a subject; compared by {@code equals}
 */
public final class SubjectTrie<T> {
  private final Map<String, Values<T>> literals = new HashMap<>();
  private final Node<T> root = new Node<>();
  private int size;
  private int patterns;

  /**
   * Puts {@code value} under {@code subject}.
   *
   * @return false if it was there already
   * @throws IllegalArgumentException if the subject is not valid
   */
  public boolean add(String subject, T value) {
    if (!Subjects.isValid(subject)) {
      throw new IllegalArgumentException("Invalid subject: \"" + subject + "\"");
    }
    boolean added;
    if (Subjects.isLiteral(subject)) {
      Values<T> there = literals.get(subject);
      if (there == null) {
        literals.put(subject, new Values<>(value));
        added = true;
      } else {
        added = there.add(value);
      }
    } else {
      added = addPattern(subject, value);
      patterns += added ? 1 : 0;
    }
    size += added ? 1 : 0;
    return added;
  }

  private boolean addPattern(String subject, T value) {
    Node<T> node = root;
    for (int start = 0; ; ) {
      int end = Subjects.tokenEnd(subject, start);
      node = node.childToAdd(subject.substring(start, end));
      if (end == subject.length()) {
        if (node.values == null) {
          node.values = new Values<>(value);
          return true;
        }
        return node.values.add(value);
      }
      start = end + 1;
    }
  }

  /**
   * Removes {@code value} from {@code subject}.
   *
   * @return false if it was not there
   */
  public boolean remove(String subject, T value) {
    boolean removed;
    if (Subjects.isLiteral(subject)) {
      Values<T> there = literals.get(subject);
      removed = there != null && there.remove(value);
      if (there != null && there.isEmpty()) {
        literals.remove(subject);
      }
    } else {
      removed = removePattern(root, subject, 0, value);
      patterns -= removed ? 1 : 0;
    }
    size -= removed ? 1 : 0;
    return removed;
  }

  private boolean removePattern(Node<T> node, String subject, int start, T value) {
    int end = Subjects.tokenEnd(subject, start);
    String token = subject.substring(start, end);
    Node<T> child = node.child(token);
    if (child == null) {
      return false;
    }
    boolean removed;
    if (end < subject.length()) {
      removed = removePattern(child, subject, end + 1, value);
    } else {
      Values<T> values = child.values;
      removed = values != null && values.remove(value);
      if (values != null && values.isEmpty()) {
        child.values = null;
      }
    }
    if (removed && child.isEmpty()) {
      node.removeChild(token);
    }
    return removed;
  }

  /** Passes on every value whose subject matches the literal subject {@code literal}. */
  public void match(String literal, Consumer<? super T> action) {
    Values<T> there = literals.get(literal);
    if (there != null) {
      there.forEach(action);
    }
    if (patterns > 0) {
      match(root, literal, 0, action);
    }
  }

  private static <T> void match(
      Node<T> node, String literal, int start, Consumer<? super T> action) {
    if (node.rest != null && node.rest.values != null) {
      node.rest.values.forEach(action);
    }
    int end = Subjects.tokenEnd(literal, start);
    if (node.any != null) {
      step(node.any, literal, end, action);
    }
    if (!node.named.isEmpty()) {
      Node<T> child = node.named.get(literal.substring(start, end));
      if (child != null) {
        step(child, literal, end, action);
      }
    }
  }

  private static <T> void step(Node<T> child, String literal, int end, Consumer<? super T> action) {
    if (end < literal.length()) {
      match(child, literal, end + 1, action);
    } else if (child.values != null) {
      child.values.forEach(action);
    }
  }

  /** Returns the values whose subjects match the literal subject {@code literal}. */
  public List<T> match(String literal) {
    List<T> found = new ArrayList<>();
    match(literal, found::add);
    return found;
  }

  /** Returns whether some value's subject matches the literal subject {@code literal}. */
  public boolean hasMatch(String literal) {
    return literals.containsKey(literal) || (patterns > 0 && hasMatch(root, literal, 0));
  }

  /** Returns whether there is a value under exactly this subject, which has no wildcards. */
  public boolean hasLiteral(String subject) {
    return literals.containsKey(subject);
  }

  private static <T> boolean hasMatch(Node<T> node, String literal, int start) {
    if (node.rest != null && node.rest.values != null) {
      return true;
    }
    int end = Subjects.tokenEnd(literal, start);
    if (node.any != null && hasStep(node.any, literal, end)) {
      return true;
    }
    Node<T> child = node.named.isEmpty() ? null : node.named.get(literal.substring(start, end));
    return child != null && hasStep(child, literal, end);
  }

  private static <T> boolean hasStep(Node<T> child, String literal, int end) {
    return end < literal.length() ? hasMatch(child, literal, end + 1) : child.values != null;
  }

  /** Passes on every subject and value, in no particular order of subjects. */
  public void forEach(BiConsumer<String, ? super T> action) {
    literals.forEach((subject, values) -> values.forEach(value -> action.accept(subject, value)));
    root.forEach("", action);
  }

  /** Returns how many values there are under all subjects. */
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  private static final class Node<T> {
    private Map<String, Node<T>> named = Map.of();
    private @Nullable Node<T> any;
    private @Nullable Node<T> rest;
    private @Nullable Values<T> values;

    private @Nullable Node<T> child(String token) {
      return switch (token) {
        case "*" -> any;
        case ">" -> rest;
        default -> named.get(token);
      };
    }

    private Node<T> childToAdd(String token) {
      Node<T> there = child(token);
      if (there != null) {
        return there;
      }
      Node<T> child = new Node<>();
      switch (token) {
        case "*" -> any = child;
        case ">" -> rest = child;
        default -> {
          if (named.isEmpty()) {
            named = new HashMap<>(4);
          }
          named.put(token, child);
        }
      }
      return child;
    }

    private void removeChild(String token) {
      switch (token) {
        case "*" -> any = null;
        case ">" -> rest = null;
        default -> named.remove(token);
      }
    }

    private boolean isEmpty() {
      return values == null && any == null && rest == null && named.isEmpty();
    }

    private void forEach(String prefix, BiConsumer<String, ? super T> action) {
      if (values != null) {
        values.forEach(value -> action.accept(prefix, value));
      }
      String base = prefix.isEmpty() ? "" : prefix + ".";
      named.forEach((token, child) -> child.forEach(base + token, action));
      if (any != null) {
        any.forEach(base + "*", action);
      }
      if (rest != null) {
        rest.forEach(base + ">", action);
      }
    }
  }

  // Nearly all subjects have exactly one value; a set for each would cost more than the value.
  private static final class Values<T> {
    private @Nullable T only;
    private @Nullable Set<T> several;

    private Values(T first) {
      only = first;
    }

    private boolean add(T value) {
      if (several != null) {
        return several.add(value);
      }
      if (only == null) {
        only = value;
        return true;
      }
      if (only.equals(value)) {
        return false;
      }
      several = new LinkedHashSet<>(4);
      several.add(only);
      several.add(value);
      only = null;
      return true;
    }

    private boolean remove(T value) {
      if (several != null) {
        return several.remove(value);
      }
      if (only != null && only.equals(value)) {
        only = null;
        return true;
      }
      return false;
    }

    private boolean isEmpty() {
      return only == null && (several == null || several.isEmpty());
    }

    private void forEach(Consumer<? super T> action) {
      if (several != null) {
        several.forEach(action);
      } else if (only != null) {
        action.accept(only);
      }
    }
  }
}
