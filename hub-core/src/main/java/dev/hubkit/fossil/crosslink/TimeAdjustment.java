package dev.hubkit.fossil.crosslink;

import dev.hubkit.fossil.content.DbTransaction;
import dev.hubkit.fossil.content.JulianDay;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves check-ins on the timeline by a few milliseconds, so that a check-in comes before its child
 * although it has the same time or is up to two seconds younger.
 */
final class TimeAdjustment {
  private static final Duration WINDOW = Duration.ofSeconds(2);
  private static final double WINDOW_DAYS = 2.0 / 86_400.0;
  private static final double STEP_DAYS = 25.0 / 86_400_000.0;
  private static final int ROUNDS = 30;

  private final DbTransaction session;
  private final Map<Long, Pair> pairs = new LinkedHashMap<>();

  TimeAdjustment(DbTransaction session) {
    this.session = session;
  }

  private static final class Pair {
    double parentTime;
    final long child;
    @Nullable Double childTime;

    Pair(double parentTime, long child, double childTime) {
      this.parentTime = parentTime;
      this.child = child;
      this.childTime = childTime;
    }
  }

  void note(long parent, Instant parentDate, long child, Instant childDate) {
    if (childDate.isBefore(parentDate.plus(WINDOW))) {
      pairs.put(
          parent, new Pair(JulianDay.printed(parentDate), child, JulianDay.printed(childDate)));
    }
  }

  void apply() {
    if (pairs.isEmpty()) {
      return;
    }
    for (int round = 0; round < ROUNDS && moveParents(); round++) {
      // A child that is also a parent may have moved; others stay where they are.
      pairs.values().forEach(pair -> pair.childTime = timeOf(pair.child));
    }
    pairs.forEach(
        (rid, pair) ->
            session.run(
                "UPDATE event SET mtime=? WHERE objid=? AND (mtime=omtime OR omtime IS NULL)",
                pair.parentTime,
                rid));
    pairs.clear();
  }

  private boolean moveParents() {
    boolean moved = false;
    for (Pair pair : pairs.values()) {
      Double child = pair.childTime;
      if (child != null && pair.parentTime >= child && pair.parentTime < child + WINDOW_DAYS) {
        pair.parentTime = child - STEP_DAYS;
        moved = true;
      }
    }
    return moved;
  }

  private @Nullable Double timeOf(long rid) {
    Pair pair = pairs.get(rid);
    return pair == null ? null : pair.parentTime;
  }
}
