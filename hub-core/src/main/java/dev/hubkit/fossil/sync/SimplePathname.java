package dev.hubkit.fossil.sync;

/** The file names that C fossil accepts: relative, simple, strict UTF-8. */
final class SimplePathname {
  private SimplePathname() {}

  /**
   * Returns whether the name is a path without empty, "." or ".." parts, without a leading or
   * trailing slash, and without a backslash, blank or control character, surrogate, private-use or
   * non-character code point.
   */
  static boolean isSimple(String name) {
    if (name.isEmpty()) {
      return false;
    }
    int partStart = 0;
    for (int i = 0; i <= name.length(); i++) {
      char c = i == name.length() ? '/' : name.charAt(i);
      if (c == '/') {
        if (isEmptyOrDots(name, partStart, i)) {
          return false;
        }
        partStart = i + 1;
      } else if (c <= ' ' || c == '\\' || c == 0x7f || isOutsideText(c)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isEmptyOrDots(String name, int start, int end) {
    return switch (end - start) {
      case 0 -> true;
      case 1 -> name.charAt(start) == '.';
      case 2 -> name.charAt(start) == '.' && name.charAt(start + 1) == '.';
      default -> false;
    };
  }

  /** Includes U+FFFD, which stands for undecodable bytes. */
  private static boolean isOutsideText(char c) {
    return (c >= 0xd800 && c <= 0xf8ff) || (c >= 0xfdd0 && c <= 0xfdef) || c >= 0xfffd;
  }
}
