package dev.hubkit.fossil;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the lines that two texts have in common, with Myers' "An O(ND) Difference Algorithm" in
 * linear space. When texts differ too much, the answer is longer than necessary but still right.
 */
final class LineDiff {
  /** A stretch with more differences than this counts as replaced. */
  private static final int MOST_EFFORT = 3000;

  private final int[] a;
  private final int[] b;
  private final boolean[] removed;
  private final boolean[] added;
  private final int[] forward;
  private final int[] backward;

  private LineDiff(int[] a, int[] b) {
    this.a = a;
    this.b = b;
    this.removed = new boolean[a.length];
    this.added = new boolean[b.length];
    int diagonals = Math.min(2 * MOST_EFFORT, a.length + b.length) + 3;
    this.forward = new int[2 * diagonals + 1];
    this.backward = new int[2 * diagonals + 1];
  }

  /**
   * Lines that are not in the other text.
   *
   * @param removed for each old line whether it is gone
   * @param added for each new line whether it is new
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier, compared by nobody
  record Changes(boolean[] removed, boolean[] added) {}

  static Changes between(List<String> before, List<String> after) {
    Map<String, Integer> numbers = new HashMap<>();
    LineDiff diff = new LineDiff(number(before, numbers), number(after, numbers));
    diff.compare(0, before.size(), 0, after.size());
    return new Changes(diff.removed, diff.added);
  }

  private static int[] number(List<String> lines, Map<String, Integer> numbers) {
    int[] result = new int[lines.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = numbers.computeIfAbsent(lines.get(i), line -> numbers.size());
    }
    return result;
  }

  /** The lines of a text, without their ends; a last line without an end counts as one. */
  static List<String> lines(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>();
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      lines.add(text.substring(start, end));
      start = end + 1;
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  private void compare(int a0, int a1, int b0, int b1) {
    int aLow = a0;
    int aHigh = a1;
    int bLow = b0;
    int bHigh = b1;
    while (aLow < aHigh && bLow < bHigh && a[aLow] == b[bLow]) {
      aLow++;
      bLow++;
    }
    while (aLow < aHigh && bLow < bHigh && a[aHigh - 1] == b[bHigh - 1]) {
      aHigh--;
      bHigh--;
    }
    if (aLow == aHigh || bLow == bHigh) {
      mark(aLow, aHigh, bLow, bHigh);
      return;
    }
    int middle = middle(aLow, aHigh, bLow, bHigh);
    if (middle < 0) {
      mark(aLow, aHigh, bLow, bHigh);
      return;
    }
    int x = aLow + middleX;
    int y = bLow + middleY;
    compare(aLow, x, bLow, y);
    compare(x, aHigh, y, bHigh);
  }

  private void mark(int aLow, int aHigh, int bLow, int bHigh) {
    for (int i = aLow; i < aHigh; i++) {
      removed[i] = true;
    }
    for (int i = bLow; i < bHigh; i++) {
      added[i] = true;
    }
  }

  private int middleX;
  private int middleY;

  /** Finds a point on a shortest path from corner to corner; -1 if it is too far. */
  private int middle(int a0, int a1, int b0, int b1) {
    int n = a1 - a0;
    int m = b1 - b0;
    int delta = n - m;
    boolean odd = (delta & 1) != 0;
    int most = Math.min(MOST_EFFORT, (n + m + 1) / 2);
    int zero = forward.length / 2;
    forward[zero + 1] = 0;
    backward[zero + 1] = 0;
    for (int d = 0; d <= most; d++) {
      for (int k = -d; k <= d; k += 2) {
        int x =
            k == -d || (k != d && forward[zero + k - 1] < forward[zero + k + 1])
                ? forward[zero + k + 1]
                : forward[zero + k - 1] + 1;
        int y = x - k;
        while (x < n && y < m && x >= 0 && y >= 0 && a[a0 + x] == b[b0 + y]) {
          x++;
          y++;
        }
        forward[zero + k] = x;
        int mirrored = delta - k;
        if (odd
            && mirrored >= -(d - 1)
            && mirrored <= d - 1
            && x + backward[zero + mirrored] >= n
            && inside(x, y, n, m)) {
          return found(x, y, d);
        }
      }
      for (int k = -d; k <= d; k += 2) {
        int x =
            k == -d || (k != d && backward[zero + k - 1] < backward[zero + k + 1])
                ? backward[zero + k + 1]
                : backward[zero + k - 1] + 1;
        int y = x - k;
        while (x < n && y < m && x >= 0 && y >= 0 && a[a1 - 1 - x] == b[b1 - 1 - y]) {
          x++;
          y++;
        }
        backward[zero + k] = x;
        int mirrored = delta - k;
        if (!odd
            && mirrored >= -d
            && mirrored <= d
            && x + forward[zero + mirrored] >= n
            && inside(n - x, m - y, n, m)) {
          return found(n - x, m - y, d);
        }
      }
    }
    return -1;
  }

  /** A point in a corner would leave the stretch as long as it is. */
  private static boolean inside(int x, int y, int n, int m) {
    return x >= 0 && y >= 0 && x <= n && y <= m && (x + y > 0) && (x < n || y < m);
  }

  private int found(int x, int y, int d) {
    middleX = x;
    middleY = y;
    return d;
  }
}
