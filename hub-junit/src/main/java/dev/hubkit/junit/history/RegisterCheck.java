package dev.hubkit.junit.history;

import dev.hubkit.junit.history.LinearizabilityCheck.Undecided;
import dev.hubkit.junit.history.LinearizabilityCheck.Verdict;
import dev.hubkit.junit.history.LinearizabilityCheck.Violated;
import dev.hubkit.junit.history.ServerState.StreamNow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds keys of buckets that did not behave as registers. */
final class RegisterCheck {
  private static final String PREFIX = "KV_";

  private final Inspection inspection;
  private final long end;

  /**
   * Prepares a check.
   *
   * @param patience how long it may take
   */
  RegisterCheck(Inspection inspection, Duration patience) {
    this.inspection = inspection;
    this.end = System.nanoTime() + patience.toNanos();
  }

  /**
   * Returns a text for each key that no order of its operations explains, or that took too long.
   */
  List<String> anomalies() {
    List<String> findings = new ArrayList<>();
    for (StreamRecord stream : buckets()) {
      String bucket = stream.name().substring(PREFIX.length());
      StreamNow present = inspection.present(stream);
      long maxAge =
          Math.max(
              present == null ? 0 : present.terms().maxAge(),
              stream.terms().stream().mapToLong(StreamTerms::maxAge).max().orElse(0));
      BucketOperations operations = new BucketOperations(inspection.model(), bucket, maxAge);
      for (Map.Entry<String, List<RegisterOperation>> each : operations.byKey().entrySet()) {
        RegisterState begin =
            operations.areAllKnown()
                ? RegisterState.absent()
                : RegisterState.unknown(maxAge == 0 ? RegisterAction.NEVER : 0);
        check(bucket, each.getKey(), begin, each.getValue(), findings);
      }
    }
    return findings;
  }

  private List<StreamRecord> buckets() {
    String bucket = inspection.selection().bucket();
    List<StreamRecord> found =
        inspection.streams().stream()
            .filter(each -> each.name().startsWith(PREFIX))
            .filter(each -> bucket == null || each.name().equals(PREFIX + bucket))
            .toList();
    if (found.isEmpty()) {
      throw new AssertionError(
          "The history has no operation on "
              + (bucket == null ? "a key-value bucket" : "bucket " + bucket)
              + ", so there is nothing to check; it has the streams "
              + Inspection.names(
                  inspection.model().streams().stream().map(StreamRecord::name).toList()));
    }
    return found;
  }

  private void check(
      String bucket,
      String key,
      RegisterState begin,
      List<RegisterOperation> operations,
      List<String> findings) {
    Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
    Verdict verdict = new LinearizabilityCheck(begin, operations).search(left);
    String name = "Key " + key + " of bucket " + bucket;
    if (verdict instanceof Undecided undecided) {
      findings.add(
          name
              + ": it could not be decided whether its "
              + operations.size()
              + " operations are those of a register ("
              + undecided.why()
              + "). Give more time with isLinearizable(atMost), or let fewer clients use a key at"
              + " once");
    } else if (verdict instanceof Violated violated) {
      Counterexample small = new Counterexample(begin, operations, violated, left).shrink();
      findings.add(name + " is not linearizable: " + text(small, operations.size()));
    }
  }

  private static String text(Counterexample small, int all) {
    List<RegisterOperation> sorted =
        small.operations().stream()
            .sorted(Comparator.comparingLong(RegisterOperation::begin))
            .toList();
    String order =
        small.order().stream()
            .map(each -> String.valueOf(sorted.indexOf(each) + 1))
            .collect(Collectors.joining(", "));
    String states =
        small.states().stream().map(RegisterState::toString).collect(Collectors.joining(", or "));
    return "no order explains these "
        + sorted.size()
        + " of its "
        + all
        + " operations, each at one moment between | and | (> had no answer)"
        + Intervals.of(sorted)
        + "\n  "
        + (order.isEmpty() ? "At the beginning" : "After " + order)
        + " the key has "
        + states
        + ", so "
        + (sorted.indexOf(small.misfit()) + 1)
        + " cannot be next, and all others come later";
  }
}
