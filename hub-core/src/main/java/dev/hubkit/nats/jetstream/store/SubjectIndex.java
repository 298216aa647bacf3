package dev.hubkit.nats.jetstream.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The subjects of a stream and the sequences of each: a trie of tokens in flat arrays. A subject is
 * known by the number of its node, which is good as long as the subject has messages.
 */
final class SubjectIndex {
  private static final int ROOT = 0;
  private static final int NONE = -1;
  private static final int REMEMBERED_FILTERS = 64;
  private static final byte YES = 1;
  private static final byte NO = 2;
  private static final byte[] ANY = {'*'};
  private static final byte[] REST = {'>'};

  // Per node.
  private int[] parents = {};
  private int[] firstChildren = {};
  private int[] nextSiblings = {}; // also chains free nodes
  private int[] previousSiblings = {};
  private int[] hashes = {};
  private int[] tokens = {}; // where in the arena
  private int[] counts = {};
  private long[] firsts = {};
  private @Nullable Sequences[] several = {}; // when there are more than one
  private int nodes;
  private int free;

  private int[] table = {}; // open addressing by (parent, token); node + 1
  private int used;

  private byte[] arena = {};
  private int arenaEnd;
  private int arenaGarbage;

  private int subjects;
  private String recent = "";
  private int recentNode = NONE;

  private final Map<SubjectFilter, Compiled> compiled =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SubjectFilter, Compiled> eldest) {
          return size() > REMEMBERED_FILTERS;
        }
      };

  /** A filter in the form the index works with, and what it knows about nodes so far. */
  private static final class Compiled {
    final byte[][][] patterns;
    final boolean literal;
    byte[] verdicts = new byte[0];

    Compiled(SubjectFilter filter) {
      String[][] source = filter.patterns();
      patterns = new byte[source.length][][];
      boolean allLiteral = true;
      for (int i = 0; i < source.length; i++) {
        patterns[i] = new byte[source[i].length][];
        for (int j = 0; j < source[i].length; j++) {
          patterns[i][j] = source[i][j].getBytes(StandardCharsets.UTF_8);
        }
        allLiteral &= !hasWildcard(patterns[i]);
      }
      literal = allLiteral;
    }
  }

  void clear() {
    int capacity = 16;
    parents = new int[capacity];
    firstChildren = new int[capacity];
    nextSiblings = new int[capacity];
    previousSiblings = new int[capacity];
    hashes = new int[capacity];
    tokens = new int[capacity];
    counts = new int[capacity];
    firsts = new long[capacity];
    several = new Sequences[capacity];
    table = new int[capacity * 2];
    arena = new byte[256];
    nodes = 1;
    firstChildren[ROOT] = NONE;
    parents[ROOT] = NONE;
    free = NONE;
    used = 0;
    arenaEnd = 0;
    arenaGarbage = 0;
    subjects = 0;
    recentNode = NONE;
    compiled.clear();
  }

  SubjectIndex() {
    clear();
  }

  /** How many subjects have messages. */
  int size() {
    return subjects;
  }

  /** The number of a subject; negative when it has no messages. */
  int find(String subject) {
    if (recentNode >= 0 && recent.equals(subject)) {
      return recentNode;
    }
    byte[] encoded = subject.getBytes(StandardCharsets.UTF_8);
    int node = walk(encoded, 0, encoded.length, false);
    return node >= 0 && counts[node] > 0 ? node : NONE;
  }

  /** Records a message, whose sequence is higher than all before; returns the subject's number. */
  int add(String subject, byte[] encoded, long sequence) {
    int node = recentNode;
    if (node < 0 || !recent.equals(subject)) {
      node = walk(encoded, 0, encoded.length, true);
      recent = subject;
      recentNode = node;
    }
    record(node, sequence);
    return node;
  }

  /** {@link #add(String, byte[], long)} of a subject that is a range of bytes. */
  int add(byte[] text, int offset, int length, long sequence) {
    int node = walk(text, offset, length, true);
    record(node, sequence);
    return node;
  }

  /** {@link #add(byte[], int, int, long)} of messages one after the other. */
  int add(byte[] text, int offset, int length, long first, int number) {
    int node = add(text, offset, length, first);
    if (number > 1) {
      record(node, first + 1);
      Sequences more = several[node];
      if (more != null) {
        more.add(first + 2, number - 2);
        counts[node] += number - 2;
      }
    }
    return node;
  }

  private void record(int node, long sequence) {
    int count = counts[node]++;
    if (count == 0) {
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
    return new String(encoded(node), StandardCharsets.UTF_8);
  }

  /** The bytes of a subject. */
  byte[] encoded(int node) {
    int length = -1;
    for (int at = node; at != ROOT; at = parents[at]) {
      length += 1 + tokenLength(at);
    }
    byte[] text = new byte[length];
    int end = length;
    for (int at = node; at != ROOT; at = parents[at]) {
      int size = tokenLength(at);
      end -= size;
      System.arraycopy(arena, tokens[at] + 2, text, end, size);
      if (end > 0) {
        text[--end] = '.';
      }
    }
    return text;
  }

  // --- filters ---

  /** Whether a filter names subjects without wildcards only. */
  boolean isLiteral(SubjectFilter filter) {
    return compile(filter).literal;
  }

  /** Whether a filter selects a subject. Quick when asked again. */
  boolean matches(SubjectFilter filter, int node) {
    if (filter.isAll()) {
      return true;
    }
    Compiled wanted = compile(filter);
    if (node >= wanted.verdicts.length) {
      wanted.verdicts = Arrays.copyOf(wanted.verdicts, parents.length);
    }
    byte verdict = wanted.verdicts[node];
    if (verdict == 0) {
      verdict = matchesAny(wanted.patterns, wanted.patterns.length, node) ? YES : NO;
      wanted.verdicts[node] = verdict;
    }
    return verdict == YES;
  }

  /** Tells the number of every subject with messages that the filter selects, each once. */
  void forEach(SubjectFilter filter, IntConsumer visitor) {
    byte[][][] patterns = compile(filter).patterns;
    for (int i = 0; i < patterns.length; i++) {
      int earlier = i;
      visit(
          ROOT,
          patterns[i],
          0,
          earlier == 0
              ? visitor
              : node -> {
                if (!matchesAny(patterns, earlier, node)) {
                  visitor.accept(node);
                }
              });
    }
  }

  private Compiled compile(SubjectFilter filter) {
    return compiled.computeIfAbsent(filter, Compiled::new);
  }

  private void visit(int node, byte[][] pattern, int depth, IntConsumer visitor) {
    if (depth == pattern.length) {
      if (counts[node] > 0) {
        visitor.accept(node);
      }
      return;
    }
    byte[] token = pattern[depth];
    if (isRest(token) && depth == pattern.length - 1) {
      visitBelow(node, visitor);
    } else if (isAny(token)) {
      for (int at = firstChildren[node]; at != NONE; at = nextSiblings[at]) {
        visit(at, pattern, depth + 1, visitor);
      }
    } else {
      int child = child(node, token, 0, token.length, hash(node, token, 0, token.length));
      if (child != NONE) {
        visit(child, pattern, depth + 1, visitor);
      }
    }
  }

  private void visitBelow(int top, IntConsumer visitor) {
    int node = firstChildren[top];
    while (node != NONE) {
      if (counts[node] > 0) {
        visitor.accept(node);
      }
      int next = firstChildren[node];
      while (next == NONE && node != top) {
        next = nextSiblings[node];
        node = parents[node];
      }
      node = next;
    }
  }

  private boolean matchesAny(byte[][][] patterns, int count, int node) {
    int depth = 0;
    for (int at = node; at != ROOT; at = parents[at]) {
      depth++;
    }
    for (int i = 0; i < count; i++) {
      if (matches(patterns[i], node, depth)) {
        return true;
      }
    }
    return false;
  }

  private boolean matches(byte[][] pattern, int node, int depth) {
    int at = node;
    int level = depth;
    if (isRest(pattern[pattern.length - 1])) {
      if (depth < pattern.length) {
        return false;
      }
      for (; level >= pattern.length; level--) {
        at = parents[at];
      }
    } else if (depth != pattern.length) {
      return false;
    }
    for (; level > 0; level--) {
      byte[] token = pattern[level - 1];
      if (!isAny(token) && !tokenEquals(at, token, 0, token.length)) {
        return false;
      }
      at = parents[at];
    }
    return true;
  }

  private static boolean hasWildcard(byte[][] pattern) {
    for (byte[] token : pattern) {
      if (isAny(token) || isRest(token)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAny(byte[] token) {
    return Arrays.equals(token, ANY);
  }

  private static boolean isRest(byte[] token) {
    return Arrays.equals(token, REST);
  }

  // --- the trie ---

  private int walk(byte[] subject, int offset, int length, boolean create) {
    int node = ROOT;
    int start = offset;
    int limit = offset + length;
    while (true) {
      int end = start;
      while (end < limit && subject[end] != '.') {
        end++;
      }
      int hash = hash(node, subject, start, end - start);
      int child = child(node, subject, start, end - start, hash);
      if (child == NONE) {
        if (!create) {
          return NONE;
        }
        child = newNode(node, subject, start, end - start, hash);
      }
      node = child;
      if (end == limit) {
        return node;
      }
      start = end + 1;
    }
  }

  private static int hash(int parent, byte[] text, int start, int length) {
    int hash = parent * 0x9E3779B1;
    for (int i = start; i < start + length; i++) {
      hash = hash * 31 + text[i];
    }
    hash ^= hash >>> 15;
    hash *= 0x85EBCA6B;
    return hash ^ (hash >>> 13);
  }

  private int child(int parent, byte[] text, int start, int length, int hash) {
    int mask = table.length - 1;
    for (int slot = hash & mask; table[slot] != 0; slot = (slot + 1) & mask) {
      int node = table[slot] - 1;
      if (hashes[node] == hash
          && parents[node] == parent
          && tokenEquals(node, text, start, length)) {
        return node;
      }
    }
    return NONE;
  }

  private int newNode(int parent, byte[] text, int start, int length, int hash) {
    int node = free;
    if (node != NONE) {
      free = nextSiblings[node];
    } else {
      if (nodes == parents.length) {
        growNodes();
      }
      node = nodes++;
    }
    parents[node] = parent;
    firstChildren[node] = NONE;
    hashes[node] = hash;
    tokens[node] = NONE;
    tokens[node] = store(text, start, length);
    counts[node] = 0;
    int sibling = firstChildren[parent];
    nextSiblings[node] = sibling;
    previousSiblings[node] = NONE;
    if (sibling != NONE) {
      previousSiblings[sibling] = node;
    }
    firstChildren[parent] = node;
    if (++used * 2 > table.length) {
      table = new int[table.length * 2];
      for (int at = 1; at < nodes; at++) {
        if (at != node && parents[at] != NONE) {
          enter(at);
        }
      }
    }
    enter(node);
    return node;
  }

  private void enter(int node) {
    int mask = table.length - 1;
    int slot = hashes[node] & mask;
    while (table[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    table[slot] = node + 1;
  }

  /** Frees a node without messages, and its parents as far as nothing hangs on them. */
  private void prune(int from) {
    int node = from;
    while (node != ROOT && counts[node] == 0 && firstChildren[node] == NONE) {
      int parent = parents[node];
      unlink(node, parent);
      leave(node);
      arenaGarbage += 2 + tokenLength(node);
      several[node] = null;
      parents[node] = NONE;
      nextSiblings[node] = free;
      free = node;
      if (recentNode == node) {
        recentNode = NONE;
      }
      for (Compiled known : compiled.values()) {
        if (node < known.verdicts.length) {
          known.verdicts[node] = 0;
        }
      }
      node = parent;
    }
    if (recentNode == from) {
      recentNode = NONE; // an inner node may stay, but has no messages
    }
  }

  private void unlink(int node, int parent) {
    int previous = previousSiblings[node];
    int next = nextSiblings[node];
    if (previous == NONE) {
      firstChildren[parent] = next;
    } else {
      nextSiblings[previous] = next;
    }
    if (next != NONE) {
      previousSiblings[next] = previous;
    }
  }

  /** Takes a node out of the table, closing the gap it leaves in its probe chain. */
  private void leave(int node) {
    int mask = table.length - 1;
    int gap = hashes[node] & mask;
    while (table[gap] != node + 1) {
      gap = (gap + 1) & mask;
    }
    used--;
    int slot = gap;
    while (true) {
      slot = (slot + 1) & mask;
      if (table[slot] == 0) {
        table[gap] = 0;
        return;
      }
      int home = hashes[table[slot] - 1] & mask;
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        table[gap] = table[slot];
        gap = slot;
      }
    }
  }

  private void growNodes() {
    int capacity = parents.length + Math.max(16, parents.length / 2);
    parents = Arrays.copyOf(parents, capacity);
    firstChildren = Arrays.copyOf(firstChildren, capacity);
    nextSiblings = Arrays.copyOf(nextSiblings, capacity);
    previousSiblings = Arrays.copyOf(previousSiblings, capacity);
    hashes = Arrays.copyOf(hashes, capacity);
    tokens = Arrays.copyOf(tokens, capacity);
    counts = Arrays.copyOf(counts, capacity);
    firsts = Arrays.copyOf(firsts, capacity);
    several = Arrays.copyOf(several, capacity);
  }

  // --- token texts: two bytes of length, then the bytes ---

  private int tokenLength(int node) {
    int at = tokens[node];
    return ((arena[at] & 0xFF) << 8) | (arena[at + 1] & 0xFF);
  }

  private boolean tokenEquals(int node, byte[] text, int start, int length) {
    int at = tokens[node] + 2;
    return tokenLength(node) == length
        && Arrays.equals(arena, at, at + length, text, start, start + length);
  }

  private int store(byte[] text, int start, int length) {
    if (arenaEnd + length + 2 > arena.length) {
      if (arenaGarbage > arenaEnd / 2) {
        compactArena(length + 2);
      } else {
        arena = Arrays.copyOf(arena, arena.length + arena.length / 2 + length + 2);
      }
    }
    int at = arenaEnd;
    arena[at] = (byte) (length >>> 8);
    arena[at + 1] = (byte) length;
    System.arraycopy(text, start, arena, at + 2, length);
    arenaEnd += length + 2;
    return at;
  }

  private void compactArena(int room) {
    byte[] compact = new byte[(arenaEnd - arenaGarbage) * 3 / 2 + room];
    int end = 0;
    for (int node = 1; node < nodes; node++) {
      // The node being made has its parent set, but its token is not stored yet.
      if (parents[node] != NONE && tokens[node] >= 0) {
        int length = tokenLength(node) + 2;
        System.arraycopy(arena, tokens[node], compact, end, length);
        tokens[node] = end;
        end += length;
      }
    }
    arena = compact;
    arenaEnd = end;
    arenaGarbage = 0;
  }
}
