package dev.hubkit.nats.jetstream.store;

import java.util.Arrays;
import java.util.List;

/**
 * Selects messages by one or several subjects, each of which may have wildcards. Immutable; making
 * one costs little, but callers that ask often keep it, as stores remember what each filter
 * matched.
 */
public final class SubjectFilter {
  /** Selects every message. */
  public static final SubjectFilter ALL = new SubjectFilter(new String[][] {{">"}}, true);

  private final String[][] patterns;
  private final boolean all;

  private SubjectFilter(String[][] patterns, boolean all) {
    this.patterns = patterns;
    this.all = all;
  }

  /** Selects what matches {@code subject}; everything when it is empty. */
  public static SubjectFilter of(String subject) {
    return subject.isEmpty() ? ALL : of(List.of(subject));
  }

  /** Selects what matches any of {@code subjects}; everything when there are none. */
  public static SubjectFilter of(List<String> subjects) {
    if (subjects.isEmpty() || subjects.contains(">")) {
      return ALL;
    }
    String[][] patterns = new String[subjects.size()][];
    for (int i = 0; i < patterns.length; i++) {
      patterns[i] = tokens(subjects.get(i));
    }
    return new SubjectFilter(patterns, false);
  }

  /** True when every subject matches. */
  public boolean isAll() {
    return all;
  }

  String[][] patterns() {
    return patterns;
  }

  static String[] tokens(String subject) {
    int count = 1;
    for (int at = subject.indexOf('.'); at >= 0; at = subject.indexOf('.', at + 1)) {
      count++;
    }
    String[] tokens = new String[count];
    int start = 0;
    for (int i = 0; i < count; i++) {
      int end = subject.indexOf('.', start);
      tokens[i] = subject.substring(start, end < 0 ? subject.length() : end);
      start = end + 1;
    }
    return tokens;
  }

  @Override
  public String toString() {
    return Arrays.deepToString(patterns);
  }
}
