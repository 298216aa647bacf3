package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/** The results of test classes that JUnit has run. */
final class TestRun {
  private final EngineExecutionResults results;

  private TestRun(EngineExecutionResults results) {
    this.results = results;
  }

  /** Prepares a run, which is sequential unless changed. */
  static Setup of(Class<?>... types) {
    return of(
        Arrays.stream(types).map(type -> selectClass(type)).toArray(DiscoverySelector[]::new));
  }

  static Setup of(DiscoverySelector... selectors) {
    return new Setup(selectors).with("junit.jupiter.execution.parallel.enabled", "false");
  }

  static final class Setup {
    private final DiscoverySelector[] selectors;
    private final Map<String, String> parameters = new TreeMap<>();

    private Setup(DiscoverySelector[] selectors) {
      this.selectors = selectors;
    }

    Setup with(String parameter, String value) {
      parameters.put(parameter, value);
      return this;
    }

    Setup parallel(int threads) {
      return with("junit.jupiter.execution.parallel.enabled", "true")
          .with("junit.jupiter.execution.parallel.mode.default", "concurrent")
          .with("junit.jupiter.execution.parallel.config.strategy", "fixed")
          .with("junit.jupiter.execution.parallel.config.fixed.parallelism", "" + threads);
    }

    TestRun execute() {
      return new TestRun(
          EngineTestKit.engine("junit-jupiter")
              .configurationParameters(parameters)
              .selectors(selectors)
              .execute());
    }

    /** Runs the tests, and fails unless all of them succeed. */
    TestRun succeeds() {
      TestRun run = execute();
      assertThat(run.failures()).isEmpty();
      assertThat(run.skipReasons()).isEmpty();
      assertThat(run.succeeded()).isPositive();
      return run;
    }

    /** Runs the tests, and fails unless there is one failure, whose message has these parts. */
    void failsOnceWith(List<String> parts) {
      List<String> failures = execute().failures();
      assertThat(failures).hasSize(1);
      assertThat(failures.get(0)).contains(parts);
    }
  }

  long succeeded() {
    return results.testEvents().succeeded().count();
  }

  /** Returns the messages of all failures, with those of their causes. */
  List<String> failures() {
    return messages(results.allEvents().failed());
  }

  /** Returns what was thrown by all that failed. */
  List<Throwable> thrown() {
    return results.allEvents().failed().stream()
        .map(
            event ->
                event
                    .getRequiredPayload(TestExecutionResult.class)
                    .getThrowable()
                    .orElseThrow(AssertionError::new))
        .toList();
  }

  /** Returns the reasons why tests and classes were skipped or aborted. */
  List<String> skipReasons() {
    List<String> reasons = new ArrayList<>(messages(results.allEvents().aborted()));
    results.allEvents().skipped().stream()
        .forEach(event -> reasons.add(event.getPayload(String.class).orElse("")));
    return reasons;
  }

  private static List<String> messages(Events events) {
    return events.stream().map(TestRun::message).toList();
  }

  private static String message(Event event) {
    StringBuilder all = new StringBuilder();
    Throwable thrown =
        event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElse(null);
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      all.append(t.getMessage()).append('\n');
    }
    return all.toString();
  }
}
