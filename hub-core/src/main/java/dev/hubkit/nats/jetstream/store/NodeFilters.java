package dev.hubkit.nats.jetstream.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/** Which nodes of a trie of subjects filters select, remembered for the filters used last. */
final class NodeFilters {
  private static final int ROOT = TokenTrie.ROOT;
  private static final int NONE = TokenTrie.NONE;
  private static final int REMEMBERED_FILTERS = 64;
  private static final byte YES = 1;
  private static final byte NO = 2;
  private static final byte[] ANY = {'*'};
  private static final byte[] REST = {'>'};

  private final TokenTrie trie;

  private final Map<SubjectFilter, Compiled> compiled =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SubjectFilter, Compiled> eldest) {
          return size() > REMEMBERED_FILTERS;
        }
      };

  /** A filter in the form it is worked with, and what it says about nodes so far. */
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

  NodeFilters(TokenTrie trie) {
    this.trie = trie;
  }

  void clear() {
    compiled.clear();
  }

  /** About what it takes of the heap, in bytes. */
  long footprint() {
    long bytes = 0;
    for (Compiled known : compiled.values()) {
      bytes += known.verdicts.length;
    }
    return bytes;
  }

  /** A node is removed; its number may come again for another subject. */
  void forget(int node) {
    for (Compiled known : compiled.values()) {
      if (node < known.verdicts.length) {
        known.verdicts[node] = 0;
      }
    }
  }

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
      wanted.verdicts = Arrays.copyOf(wanted.verdicts, trie.capacity());
    }
    byte verdict = wanted.verdicts[node];
    if (verdict == 0) {
      verdict = matchesAny(wanted.patterns, wanted.patterns.length, node) ? YES : NO;
      wanted.verdicts[node] = verdict;
    }
    return verdict == YES;
  }

  /** Tells the number of every node that the filter selects, each once. */
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
      visitor.accept(node);
      return;
    }
    byte[] token = pattern[depth];
    if (isRest(token) && depth == pattern.length - 1) {
      visitBelow(node, visitor);
    } else if (isAny(token)) {
      for (int at = trie.firstChild(node); at != NONE; at = trie.nextSibling(at)) {
        visit(at, pattern, depth + 1, visitor);
      }
    } else {
      int child = trie.child(node, token);
      if (child != NONE) {
        visit(child, pattern, depth + 1, visitor);
      }
    }
  }

  private void visitBelow(int top, IntConsumer visitor) {
    int node = trie.firstChild(top);
    while (node != NONE) {
      visitor.accept(node);
      int next = trie.firstChild(node);
      while (next == NONE && node != top) {
        next = trie.nextSibling(node);
        node = trie.parent(node);
      }
      node = next;
    }
  }

  private boolean matchesAny(byte[][][] patterns, int count, int node) {
    int depth = 0;
    for (int at = node; at != ROOT; at = trie.parent(at)) {
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
        at = trie.parent(at);
      }
    } else if (depth != pattern.length) {
      return false;
    }
    for (; level > 0; level--) {
      byte[] token = pattern[level - 1];
      if (!isAny(token) && !trie.hasToken(at, token)) {
        return false;
      }
      at = trie.parent(at);
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
}
