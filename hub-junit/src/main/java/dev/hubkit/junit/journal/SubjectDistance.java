package dev.hubkit.junit.journal;

/** How much a subject differs from a pattern, to find what a test has probably meant. */
final class SubjectDistance {
  /** The distance from which on two subjects have nothing to do with each other. */
  static final double UNRELATED = 0.6;

  private SubjectDistance() {}

  /**
   * Returns the distance between a pattern, which may have wildcards, and a subject.
   *
   * @return from 0, where the pattern matches, to 1
   */
  static double between(String pattern, String subject) {
    String[] wanted = pattern.split("\\.", -1);
    String[] found = subject.split("\\.", -1);
    boolean open = wanted[wanted.length - 1].equals(">");
    int most = Math.max(wanted.length, open ? wanted.length : found.length);
    double[][] cost = new double[wanted.length + 1][found.length + 1];
    for (int i = 0; i <= wanted.length; i++) {
      for (int j = 0; j <= found.length; j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        boolean rest = wanted[i - 1].equals(">");
        double skipped = rest && j > 1 ? cost[i][j - 1] : cost[i][j - 1] + 1;
        cost[i][j] =
            Math.min(
                cost[i - 1][j - 1] + ofTokens(wanted[i - 1], found[j - 1]),
                Math.min(cost[i - 1][j] + 1, skipped));
      }
    }
    return Math.min(1, cost[wanted.length][found.length] / most);
  }

  private static double ofTokens(String wanted, String found) {
    if (wanted.equals("*") || wanted.equals(">") || wanted.equals(found)) {
      return 0;
    }
    int longest = Math.max(wanted.length(), found.length());
    return longest == 0 ? 0 : (double) edits(wanted, found) / longest;
  }

  // Levenshtein's distance, ignoring case.
  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        char left = Character.toLowerCase(a.charAt(i - 1));
        char right = Character.toLowerCase(b.charAt(j - 1));
        int replaced = diagonal + (left == right ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
