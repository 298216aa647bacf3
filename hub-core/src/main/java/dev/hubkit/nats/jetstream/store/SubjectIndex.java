package dev.hubkit.nats.jetstream.store;

import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The subjects of a stream and the sequences of each. A subject is known by the number of its node
 * in a trie, which is good as long as the subject has messages.
 */
final class SubjectIndex {
  private static final int NONE = TokenTrie.NONE;

  private final TokenTrie trie = new TokenTrie();
  private final NodeFilters filters = new NodeFilters(trie);

  // Per node.
  private int[] counts = {};
  private long[] firsts = {};
  private @Nullable Sequences[] several = {}; // when there are more than one

  private int subjects;
  private int generation;
  private String recent = "";
  private int recentNode = NONE;

  SubjectIndex() {
    fit();
  }

  private void fit() {
    int capacity = trie.capacity();
    WorkStep.SUBJECTS_GROW.reach();
    several = Arrays.copyOf(several, capacity);
    WorkStep.SUBJECTS_GROW.reach();
    firsts = Arrays.copyOf(firsts, capacity);
    WorkStep.SUBJECTS_GROW.reach();
    counts = Arrays.copyOf(counts, capacity); // last, as its length says how far it goes
  }

  void clear() {
    trie.clear();
    filters.clear();
    counts = new int[0];
    firsts = new long[0];
    several = new Sequences[0];
    fit();
    subjects = 0;
    recentNode = NONE;
    generation++;
  }

  /**
   * About what it takes of the heap, in bytes.
   *
   * @param messages how many there are of all subjects
   */
  long footprint(long messages) {
    // Subjects of several messages have their sequences in an object of its own.
    long more = messages - subjects;
    return trie.footprint(20) + filters.footprint() + Math.min(more, subjects) * 96L + more * 8;
  }

  /** Changes when the number of a subject may have become that of another one. */
  int generation() {
    return generation;
  }

  /** How many subjects have messages. */
  int size() {
    return subjects;
  }

  /** The number of a subject; negative when it has no messages. */
  int find(String subject) {
    if (recentNode >= 0 && recent.equals(subject)) {
      return hasMessages(recentNode) ? recentNode : NONE;
    }
    byte[] encoded = subject.getBytes(StandardCharsets.UTF_8);
    int node = trie.walk(encoded, 0, encoded.length, false);
    return node >= 0 && hasMessages(node) ? node : NONE;
  }

  // There can be a node for which there was no memory here.
  private boolean hasMessages(int node) {
    return node < counts.length && counts[node] > 0;
  }

  /**
   * Returns the number of a subject, and gives it one when it has none, for a message that is about
   * to be {@linkplain #add(int, long) added}. When there is no memory for that, nothing has
   * changed.
   */
  int prepare(String subject, byte[] encoded) {
    int node = recentNode;
    if (node < 0 || !recent.equals(subject)) {
      node = prepare(encoded, 0, encoded.length);
      recent = subject;
      recentNode = node;
    }
    return node;
  }

  /** Records messages with sequences one after the other, higher than all before. */
  void add(int node, long first, int number) {
    add(node, first);
    if (number > 1) {
      add(node, first + 1);
      Sequences more = several[node];
      if (more != null) {
        more.add(first + 2, number - 2);
        counts[node] += number - 2;
      }
    }
  }

  /** {@link #prepare(String, byte[])} of a subject that is a range of bytes. */
  int prepare(byte[] text, int offset, int length) {
    int node = trie.walk(text, offset, length, true);
    if (counts.length < trie.capacity()) {
      fit();
    }
    return node;
  }

  /** Records a message of a subject, whose sequence is higher than all before. */
  void add(int node, long sequence) {
    if (counts[node] == 0) {
      firsts[node] = sequence;
      subjects++;
    } else {
      Sequences more = several[node];
      if (more == null) {
        several[node] = new Sequences(firsts[node], sequence);
      } else {
        more.add(sequence);
      }
    }
    counts[node]++; // now that there was memory for it
  }

  /** Removes a sequence that the subject has; its last one takes the subject away. */
  void remove(int node, long sequence) {
    int count = --counts[node];
    Sequences more = several[node];
    if (count == 0) {
      subjects--;
      prune(node);
    } else if (more != null) {
      more.remove(sequence);
      firsts[node] = more.first();
      if (count == 1) {
        several[node] = null;
      }
    }
  }

  int count(int node) {
    return counts[node];
  }

  long first(int node) {
    return firsts[node];
  }

  long last(int node) {
    Sequences more = several[node];
    return more == null ? firsts[node] : more.last();
  }

  /** The subject's lowest sequence at or above; 0 for none. */
  long ceiling(int node, long sequence) {
    if (sequence <= firsts[node]) {
      return firsts[node];
    }
    Sequences more = several[node];
    return more == null ? 0 : more.ceiling(sequence);
  }

  /** The subject's highest sequence at or below; 0 for none. */
  long floor(int node, long sequence) {
    if (sequence < firsts[node]) {
      return 0;
    }
    Sequences more = several[node];
    return more == null ? firsts[node] : more.floor(sequence);
  }

  /** How many messages the subject has at or above. */
  long countFrom(int node, long sequence) {
    if (sequence <= firsts[node]) {
      return counts[node];
    }
    Sequences more = several[node];
    return more == null ? 0 : counts[node] - more.rank(sequence);
  }

  /** The text of a subject. */
  String subject(int node) {
    if (node == recentNode) {
      return recent;
    }
    return new String(trie.encoded(node), StandardCharsets.UTF_8);
  }

  /** Whether a filter names subjects without wildcards only. */
  boolean isLiteral(SubjectFilter filter) {
    return filters.isLiteral(filter);
  }

  /** Whether a filter selects a subject. Quick when asked again. */
  boolean matches(SubjectFilter filter, int node) {
    return filters.matches(filter, node);
  }

  /** Tells the number of every subject with messages that the filter selects, each once. */
  void forEach(SubjectFilter filter, IntConsumer visitor) {
    filters.forEach(
        filter,
        node -> {
          // The root and other nodes may be there for the sake of those below.
          if (hasMessages(node)) {
            visitor.accept(node);
          }
        });
  }

  /** Frees a node without messages, and its parents as far as nothing hangs on them. */
  private void prune(int from) {
    int node = from;
    while (node != TokenTrie.ROOT && counts[node] == 0 && trie.firstChild(node) == NONE) {
      several[node] = null;
      filters.forget(node);
      generation++;
      node = trie.remove(node);
    }
    if (recentNode == from) {
      recentNode = NONE; // an inner node may stay, but has no messages
    }
  }
}
