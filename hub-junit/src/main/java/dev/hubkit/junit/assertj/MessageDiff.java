package dev.hubkit.junit.assertj;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The difference of two sequences of messages: which are missing, which are extra, and which have
 * changed.
 */
final class MessageDiff {
  private static final int CONTEXT = 2;
  private static final int MOST_LINES = 30;
  // Longer sequences are compared place by place.
  private static final long MOST_CELLS = 4_000_000;

  private final List<Step> steps;
  private final int recorded;
  private final int found;

  /** A recorded message and the one found for it; null for none. */
  private record Step(@Nullable ComparedMessage recorded, @Nullable ComparedMessage found) {
    boolean isSame() {
      return recorded != null && found != null && recorded.isLike(found);
    }
  }

  MessageDiff(List<ComparedMessage> recorded, List<ComparedMessage> found) {
    this.recorded = recorded.size();
    this.found = found.size();
    this.steps = paired(aligned(recorded, found));
  }

  boolean isEmpty() {
    return steps.stream().allMatch(Step::isSame);
  }

  /** Aligns equal messages by the longest common subsequence. */
  private static List<Step> aligned(List<ComparedMessage> a, List<ComparedMessage> b) {
    int begin = 0;
    while (begin < Math.min(a.size(), b.size()) && a.get(begin).isLike(b.get(begin))) {
      begin++;
    }
    int end = 0;
    while (end < Math.min(a.size(), b.size()) - begin
        && a.get(a.size() - 1 - end).isLike(b.get(b.size() - 1 - end))) {
      end++;
    }
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < begin; i++) {
      steps.add(new Step(a.get(i), b.get(i)));
    }
    steps.addAll(middle(a.subList(begin, a.size() - end), b.subList(begin, b.size() - end)));
    for (int i = end; i > 0; i--) {
      steps.add(new Step(a.get(a.size() - i), b.get(b.size() - i)));
    }
    return steps;
  }

  private static List<Step> middle(List<ComparedMessage> a, List<ComparedMessage> b) {
    List<Step> steps = new ArrayList<>();
    if ((long) a.size() * b.size() > MOST_CELLS) {
      for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
        steps.add(new Step(i < a.size() ? a.get(i) : null, i < b.size() ? b.get(i) : null));
      }
      return steps;
    }
    int[][] common = new int[a.size() + 1][b.size() + 1];
    for (int i = a.size() - 1; i >= 0; i--) {
      for (int j = b.size() - 1; j >= 0; j--) {
        common[i][j] =
            a.get(i).isLike(b.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    int i = 0;
    int j = 0;
    while (i < a.size() || j < b.size()) {
      if (i < a.size() && j < b.size() && a.get(i).isLike(b.get(j))) {
        steps.add(new Step(a.get(i++), b.get(j++)));
      } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
        steps.add(new Step(a.get(i++), null));
      } else {
        steps.add(new Step(null, b.get(j++)));
      }
    }
    return steps;
  }

  /** Takes a missing message and an extra one on the same subject, side by side, as changed. */
  private static List<Step> paired(List<Step> steps) {
    List<Step> paired = new ArrayList<>();
    List<Step> extra = new ArrayList<>();
    List<Step> missing = new ArrayList<>();
    for (Step each : steps) {
      if (each.isSame()) {
        join(missing, extra, paired);
        paired.add(each);
      } else if (each.recorded() == null) {
        extra.add(each);
      } else if (each.found() == null) {
        missing.add(each);
      } else {
        missing.add(new Step(each.recorded(), null));
        extra.add(new Step(null, each.found()));
      }
    }
    join(missing, extra, paired);
    return paired;
  }

  private static void join(List<Step> missing, List<Step> extra, List<Step> into) {
    for (Step gone : missing) {
      Step partner = null;
      for (Step each : extra) {
        if (subject(each.found()).equals(subject(gone.recorded()))) {
          partner = each;
          break;
        }
      }
      if (partner == null) {
        into.add(gone);
      } else {
        extra.remove(partner);
        into.add(new Step(gone.recorded(), partner.found()));
      }
    }
    into.addAll(extra);
    missing.clear();
    extra.clear();
  }

  private static String subject(@Nullable ComparedMessage message) {
    return message == null ? "" : message.subject();
  }

  /** Returns the numbers of messages, and a line for each that differs and for those around it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(recorded).append(" recorded, ").append(found).append(" in the journal");
    int lines = 0;
    int shown = -1;
    for (int i = 0; i < steps.size(); i++) {
      if (!isNearDifference(i)) {
        continue;
      }
      if (lines >= MOST_LINES) {
        return text.append("\n  …").toString();
      }
      if (i > shown + 1) {
        text.append("\n  …");
      }
      shown = i;
      List<String> ofStep = lines(steps.get(i), i + 1);
      ofStep.forEach(line -> text.append('\n').append(line));
      lines += ofStep.size();
    }
    return text.toString();
  }

  private boolean isNearDifference(int at) {
    for (int i = Math.max(0, at - CONTEXT); i <= Math.min(steps.size() - 1, at + CONTEXT); i++) {
      if (!steps.get(i).isSame()) {
        return true;
      }
    }
    return false;
  }

  private static List<String> lines(Step step, int number) {
    ComparedMessage was = step.recorded();
    ComparedMessage is = step.found();
    if (step.isSame()) {
      return List.of("    " + number + " " + was);
    }
    List<String> lines = new ArrayList<>();
    if (was != null) {
      lines.add("  - " + number + " " + was + (is == null ? "   (missing)" : ""));
    }
    if (is != null) {
      lines.add("  + " + number + " " + is + (was == null ? "   (extra)" : ""));
    }
    if (was != null && is != null) {
      was.differences(is).forEach(each -> lines.add("        " + each));
    }
    return lines;
  }
}
