package dev.hubkit.junit.explore;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.opentest4j.TestAbortedException;

/**
 * The runs of one test: one seed after the other, until a run fails; then runs of that seed with
 * fewer strikes; then once more with the smallest set, which is the run that is reported.
 * Thread-safe.
 */
final class Exploration {
  private static final int MOST_CONFIRMATIONS = 5;
  private static final int MOST_IN_A_LINE = 4;
  // To tell that there is nothing to strike at, rather than that one run was over too soon.
  private static final int ENOUGH_RUNS = 5;

  private final ExploreSettings settings;
  private final String test;
  private final long began = System.nanoTime();
  private final TreeMap<Adversity, Integer> strikes = new TreeMap<>();

  private long nextSeed;
  private int runs;
  private long seenInAll;
  private boolean over;
  private @Nullable ExploredRun current;
  // Once a run has failed.
  private @Nullable Found found;

  /** A failure, on the way to be reported. */
  private static final class Found {
    private final long seed;
    private final Throwable failure;
    private final int struck;
    private final Shrinking shrinking;
    private final long since = System.nanoTime();
    private boolean shrunk;
    private int confirmations;

    Found(long seed, Throwable failure, List<Strike> struck) {
      this.seed = seed;
      this.failure = failure;
      this.struck = struck.size();
      this.shrinking = new Shrinking(struck);
    }
  }

  /**
   * Makes the exploration of a test.
   *
   * @param test names the test in messages
   */
  Exploration(ExploreSettings settings, String test) {
    this.settings = settings;
    this.test = test;
    nextSeed = settings.first();
  }

  ExploreSettings settings() {
    return settings;
  }

  /** Returns the next run; null after the last. */
  synchronized @Nullable ExploredRun next() {
    ExploredRun last = current;
    if (last != null && last.isRunning()) {
      throw new IllegalStateException(
          "The runs of " + test + " cannot be parallel: remove @Execution from the test method");
    }
    over |= last != null && last.hasEndedEarly();
    current = over ? null : found == null ? nextOfSearch() : nextOf(found);
    return current;
  }

  private @Nullable ExploredRun nextOfSearch() {
    if (nextSeed > settings.last() || (runs > 0 && hasPassed(settings.atMost(), began))) {
      return null;
    }
    long seed = nextSeed++;
    runs++;
    return run(seed, null, "seed " + seed);
  }

  private @Nullable ExploredRun nextOf(Found it) {
    if (!it.shrunk) {
      List<Strike> fewer = hasPassed(settings.atMost(), it.since) ? null : it.shrinking.next();
      if (fewer != null) {
        return run(
            it.seed,
            fewer,
            "seed " + it.seed + " with " + fewer.size() + " of " + it.struck + " adversities");
      }
      it.shrunk = true;
    }
    it.confirmations++;
    List<Strike> smallest = it.shrinking.smallest();
    return run(it.seed, smallest, "seed " + it.seed + ": " + inOneLine(smallest));
  }

  private ExploredRun run(long seed, @Nullable List<Strike> only, String name) {
    Set<Strike.Key> keys =
        only == null ? null : only.stream().map(Strike::key).collect(Collectors.toSet());
    Dice dice = new Dice(seed, settings.adversities(), settings.intensity());
    return new ExploredRun(
        this, new Plan(seed, dice, keys, settings.clients(), settings.sparesMemory()), name);
  }

  private static boolean hasPassed(Duration time, long since) {
    return System.nanoTime() - since >= time.toNanos();
  }

  private static String inOneLine(List<Strike> strikes) {
    String first =
        strikes.stream()
            .limit(MOST_IN_A_LINE)
            .map(Strike::toString)
            .collect(Collectors.joining(", then "));
    int left = strikes.size() - MOST_IN_A_LINE;
    return strikes.isEmpty()
        ? "no adversity"
        : left > 0 ? first + ", and " + left + " more" : first;
  }

  /** Notes that the runs could not even begin. */
  synchronized void stop() {
    over = true;
  }

  /**
   * Takes the result of a run.
   *
   * @param failure what the test has thrown; null for nothing
   * @param struck the adversities of the run
   * @param seen how many operations could have been struck
   * @return what JUnit is to be told of the run; null for success
   */
  synchronized @Nullable Throwable ended(
      @Nullable Throwable failure, List<Strike> struck, int seen) {
    struck.forEach(each -> strikes.merge(each.adversity(), 1, Integer::sum));
    if (failure instanceof TestAbortedException) {
      over = true;
      return failure;
    }
    Found it = found;
    if (it == null) {
      return failure == null ? checkEffect(seen) : first(failure, struck);
    }
    if (!it.shrunk) {
      it.shrinking.result(failure != null, struck);
      return failure == null ? null : new TestAbortedException("This run fails, too");
    }
    if (failure != null) {
      over = true;
      return explained(failure, struck, it);
    }
    if (it.confirmations < MOST_CONFIRMATIONS) {
      return null;
    }
    over = true;
    return explained(it.failure, it.shrinking.smallest(), it);
  }

  private @Nullable Throwable checkEffect(int seen) {
    seenInAll += seen;
    if (seenInAll > 0 || (runs < ENOUGH_RUNS && nextSeed <= settings.last())) {
      return null;
    }
    over = true;
    return new ExtensionConfigurationException(
        "@HubExplore on "
            + test
            + " has no effect, because no client has published, subscribed or received anything"
            + " that adversity could concern"
            + (settings.clients().isEmpty()
                ? ": use @Test"
                : ": is "
                    + settings.clients()
                    + " in \"clients\" how the clients name themselves?"));
  }

  private Throwable first(Throwable failure, List<Strike> struck) {
    long seed = nextSeed - 1;
    found = new Found(seed, failure, struck);
    if (struck.isEmpty()) {
      over = true;
      failure.addSuppressed(
          new ExplorationNote(
              "Seed " + seed + " has failed without any adversity: @Test shows the same failure"));
      return failure;
    }
    return new TestAbortedException(
        "This run fails after "
            + count(struck.size(), "adversity", "adversities")
            + "; now to find the smallest set");
  }

  private Throwable explained(Throwable failure, List<Strike> struck, Found it) {
    StringBuilder note = new StringBuilder(list(it.seed, struck));
    note.append("  found in ").append(count(runs, "run", "runs"));
    note.append(", shrunk from ").append(count(it.struck, "adversity", "adversities"));
    note.append(" in ").append(count(it.shrinking.runs(), "run", "runs")).append('\n');
    if (it.confirmations > 1) {
      note.append("  of ").append(it.confirmations).append(" runs with this set, ");
      note.append(failure == it.failure ? "none" : "only the last");
      note.append(" has failed: the failure also depends on how the threads of the test run\n");
    }
    note.append(howToReplay(it.seed));
    failure.addSuppressed(new ExplorationNote(note.toString()));
    System.out.println(test + " fails with seed " + it.seed + ": " + inOneLine(struck));
    return failure;
  }

  private String list(long seed, List<Strike> struck) {
    StringBuilder list = new StringBuilder("With seed ").append(seed).append(", ").append(test);
    if (struck.isEmpty()) {
      return list.append(" fails without any adversity.\n").toString();
    }
    list.append(" fails under ").append(count(struck.size(), "adversity", "adversities"));
    list.append(":\n");
    int number = 1;
    for (Strike each : struck) {
      list.append("  ").append(number++).append(". ").append(each).append('\n');
    }
    return list.toString();
  }

  private static String howToReplay(long seed) {
    return "  to replay: @HubExplore(seed = "
        + seed
        + "), or -D"
        + ExploreSettings.SEED
        + "="
        + seed;
  }

  /** Notes that a run has failed after its test method. */
  synchronized void failedAfterwards(Throwable failure, long seed, List<Strike> struck) {
    over = true;
    failure.addSuppressed(
        new ExplorationNote(
            list(seed, struck)
                + "  not shrunk, because the failure is not the test method's\n"
                + howToReplay(seed)));
  }

  private static String count(int number, String one, String many) {
    return number + " " + (number == 1 ? one : many);
  }

  /** Describes what the runs so far were like, for the report of a test that has not failed. */
  synchronized String summary() {
    int struck = strikes.values().stream().mapToInt(Integer::intValue).sum();
    String kinds =
        strikes.entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue())
            .collect(Collectors.joining(", "));
    long wanted = settings.last() - settings.first() + 1;
    return "seeds "
        + settings.first()
        + " to "
        + (nextSeed - 1)
        + (found == null && runs < wanted
            ? " of " + wanted + ", as many as there was time for"
            : "")
        + ": "
        + count(struck, "adversity", "adversities")
        + (kinds.isEmpty() ? "" : " (" + kinds + ")");
  }
}
