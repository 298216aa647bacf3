package dev.hubkit.fossil.artifact;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The rules for names in artifacts. */
public final class Names {
  private static final int LONGEST_WIKI_TITLE = 100;

  private Names() {}

  /** Compares names in the order of artifacts, which is that of their UTF-8 bytes. */
  public static int compare(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // Surrogates stand for characters beyond all others, although their own numbers are
        // smaller.
        boolean highX = Character.isSurrogate(x);
        boolean highY = Character.isSurrogate(y);
        return highX == highY ? x - y : highX ? 1 : -1;
      }
    }
    return a.length() - b.length();
  }

  /**
   * Returns whether a path can be a file of a check-in: relative, without empty parts, {@code .}
   * and {@code ..}. Such a path never leaves its directory.
   */
  public static boolean isSimplePath(String path) {
    if (path.isEmpty()) {
      return false;
    }
    int start = 0;
    while (true) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      int length = end - start;
      if (length == 0
          || (path.charAt(start) == '.'
              && (length == 1 || (length == 2 && path.charAt(start + 1) == '.')))) {
        return false;
      }
      if (slash < 0) {
        return path.indexOf('\0') < 0;
      }
      start = slash + 1;
    }
  }

  /**
   * Returns whether Fossil reserves a path for the database of a checkout. Such files are never
   * part of a check-in.
   */
  public static boolean isReserved(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    for (String suffix : new String[] {"-wal", "-shm", "-journal"}) {
      if (name.endsWith(suffix)) {
        name = name.substring(0, name.length() - suffix.length());
        break;
      }
    }
    return name.equals("_fossil_") || name.equals(".fslckout");
  }

  /**
   * Returns whether a text can be the title of a wiki page: 1 to 100 bytes, no control characters,
   * no space at either end, no two spaces in a row.
   */
  public static boolean isWikiTitle(String title) {
    if (title.isEmpty()
        || title.getBytes(StandardCharsets.UTF_8).length > LONGEST_WIKI_TITLE
        || title.startsWith(" ")
        || title.endsWith(" ")
        || title.contains("  ")) {
      return false;
    }
    return title.chars().allMatch(c -> c >= ' ');
  }
}
