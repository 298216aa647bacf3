package dev.hubkit.nats.leaf;

import dev.hubkit.text.GoNumber;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares releases of servers by major, minor and update (versionAtLeast of nats-server). */
final class LeafVersion {
  private static final Pattern FORM = Pattern.compile("v?(\\d{1,9})\\.(\\d{1,9})\\.(\\d{1,9}).*");

  private LeafVersion() {}

  /** Returns whether a release is another one or a later one; false for one that is not valid. */
  static boolean isAtLeast(String release, String least) {
    Matcher is = FORM.matcher(release);
    Matcher wanted = FORM.matcher(least);
    if (!is.matches() || !wanted.matches()) {
      return false;
    }
    for (int i = 1; i <= 3; i++) {
      long difference = number(is.group(i)) - number(wanted.group(i));
      if (difference != 0) {
        return difference > 0;
      }
    }
    return true;
  }

  private static long number(String digits) {
    return GoNumber.integer32(digits).orElse(0);
  }
}
