package dev.hubkit.nats.jetstream.store;

import dev.hubkit.work.WorkStep;
import java.util.Arrays;

/**
 * The tokens of subjects as a trie in flat arrays. A node is known by its number, which is good
 * until it is removed and may then come again.
 */
final class TokenTrie {
  static final int ROOT = 0;
  static final int NONE = -1;
  private static final int LARGE = 1 << 13; // from here on it grows in smaller steps

  // Per node.
  private int[] parents = {};
  private int[] firstChildren = {};
  private int[] nextSiblings = {}; // also chains free nodes
  private int[] previousSiblings = {};
  private int[] hashes = {};
  private int[] tokens = {}; // where in the arena
  private int nodes;
  private int free;

  private int[] table = {}; // open addressing by (parent, token); node + 1
  private int used;

  private byte[] arena = {};
  private int arenaEnd;
  private int arenaGarbage;

  TokenTrie() {
    clear();
  }

  void clear() {
    int capacity = 16;
    parents = new int[capacity];
    firstChildren = new int[capacity];
    nextSiblings = new int[capacity];
    previousSiblings = new int[capacity];
    hashes = new int[capacity];
    tokens = new int[capacity];
    table = new int[capacity * 2];
    arena = new byte[256];
    nodes = 1;
    firstChildren[ROOT] = NONE;
    parents[ROOT] = NONE;
    free = NONE;
    used = 0;
    arenaEnd = 0;
    arenaGarbage = 0;
  }

  /**
   * About what it takes of the heap, in bytes. What is nearly full counts as if it had grown
   * already, and with what is there twice while it does.
   *
   * @param alongside what others keep for each node
   */
  long footprint(int alongside) {
    boolean nearlyFull = free == NONE && nodes > tokens.length / 4 * 3;
    long capacity = nearlyFull ? grown(tokens.length) + tokens.length / 8L : tokens.length;
    return capacity * (24 + alongside) + table.length * 4L + arena.length;
  }

  /** All nodes have lower numbers. */
  int capacity() {
    return tokens.length;
  }

  /** The node above; {@link #NONE} above the root. */
  int parent(int node) {
    return parents[node];
  }

  /** A node below, from which {@link #nextSibling} leads to the others; {@link #NONE} for none. */
  int firstChild(int node) {
    return firstChildren[node];
  }

  int nextSibling(int node) {
    return nextSiblings[node];
  }

  /** The node below with this token; {@link #NONE} when there is none. */
  int child(int parent, byte[] token) {
    return child(parent, token, 0, token.length, hash(parent, token, 0, token.length));
  }

  boolean hasToken(int node, byte[] token) {
    return tokenEquals(node, token, 0, token.length);
  }

  /** The node of a subject; {@link #NONE} when it is not there and not to be created. */
  int walk(byte[] subject, int offset, int length, boolean create) {
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

  /** The bytes of the subject that a node stands for. */
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

  /** Takes away a node without children, other than the root; returns its parent. */
  int remove(int node) {
    int parent = parents[node];
    unlink(node, parent);
    leave(node);
    arenaGarbage += 2 + tokenLength(node);
    parents[node] = NONE;
    nextSiblings[node] = free;
    free = node;
    return parent;
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
    // What takes memory comes first: when there is none, nothing has changed.
    if (free == NONE && nodes == tokens.length) {
      growNodes();
    }
    if ((used + 1) * 2 > table.length) {
      growTable();
    }
    if (arenaEnd + length + 2 > arena.length) {
      growArena(length + 2);
    }
    int node = free;
    if (node != NONE) {
      free = nextSiblings[node];
    } else {
      node = nodes++;
    }
    parents[node] = parent;
    firstChildren[node] = NONE;
    hashes[node] = hash;
    tokens[node] = store(text, start, length);
    int sibling = firstChildren[parent];
    nextSiblings[node] = sibling;
    previousSiblings[node] = NONE;
    if (sibling != NONE) {
      previousSiblings[sibling] = node;
    }
    firstChildren[parent] = node;
    used++;
    enter(node);
    return node;
  }

  private void growTable() {
    WorkStep.SUBJECTS_GROW.reach();
    table = new int[table.length * 2];
    for (int at = 1; at < nodes; at++) {
      if (parents[at] != NONE) {
        enter(at);
      }
    }
  }

  private void enter(int node) {
    int mask = table.length - 1;
    int slot = hashes[node] & mask;
    while (table[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    table[slot] = node + 1;
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

  // One array after the other, so that no more than one is there twice. Without memory for all of
  // them some are longer than they need be; the capacity is that of the last.
  private void growNodes() {
    int capacity = grown(tokens.length);
    parents = grown(parents, capacity);
    firstChildren = grown(firstChildren, capacity);
    nextSiblings = grown(nextSiblings, capacity);
    previousSiblings = grown(previousSiblings, capacity);
    hashes = grown(hashes, capacity);
    tokens = grown(tokens, capacity);
  }

  private static int[] grown(int[] array, int capacity) {
    WorkStep.SUBJECTS_GROW.reach();
    return Arrays.copyOf(array, capacity);
  }

  private static int grown(int capacity) {
    return capacity + Math.max(16, capacity / (capacity < LARGE ? 2 : 4));
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
    int at = arenaEnd;
    arena[at] = (byte) (length >>> 8);
    arena[at + 1] = (byte) length;
    System.arraycopy(text, start, arena, at + 2, length);
    arenaEnd += length + 2;
    return at;
  }

  private void growArena(int room) {
    WorkStep.SUBJECTS_GROW.reach();
    if (arenaGarbage > arenaEnd / 2) {
      compactArena(room);
    } else {
      arena = Arrays.copyOf(arena, grown(arena.length) + room);
    }
  }

  private void compactArena(int room) {
    byte[] compact = new byte[(arenaEnd - arenaGarbage) * 3 / 2 + room];
    int end = 0;
    for (int node = 1; node < nodes; node++) {
      if (parents[node] != NONE) {
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
