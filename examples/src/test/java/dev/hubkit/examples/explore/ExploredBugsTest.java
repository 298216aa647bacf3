package dev.hubkit.examples.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.nats.client.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** Exploration finds a real bug in each of three services, and shows what it takes. */
class ExploredBugsTest {
  static class CarelessBillingTest extends BillingTest {
    @Override
    void begin(Connection nats, List<String> charges) throws Exception {
      new CarelessBilling(nats, charges::add);
    }
  }

  static class CarelessCashierTest extends CashierTest {
    @Override
    Cashier cashier(Connection nats) throws Exception {
      return new CarelessCashier(nats, Duration.ofMillis(200));
    }
  }

  static class CarelessMenuTest extends MenuTest {
    @Override
    Menu menu(Connection nats) {
      return new CarelessMenu(nats);
    }
  }

  private static Events run(Class<?> type, String seed) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
        .configurationParameter("hub.junit.explore.seed", seed)
        .configurationParameter("hub.junit.explore.at-most", "2m")
        .selectors(selectClass(type))
        .execute()
        .testEvents();
  }

  /** Returns what the one failure of some runs says of them. */
  private static String note(Events runs) {
    List<Throwable> failures =
        runs.failed().stream()
            .map(event -> event.getRequiredPayload(TestExecutionResult.class))
            .map(result -> result.getThrowable().orElseThrow())
            .toList();
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0)).isInstanceOf(AssertionError.class);
    return failures.get(0).getSuppressed()[0].toString();
  }

  /** Returns the lines of a note that list what struck. */
  private static List<String> adversities(String note) {
    return note.lines().filter(line -> line.matches("  \\d+\\. .*")).map(String::strip).toList();
  }

  @Test
  void aMessageThatComesAgainIsHandledTwice() {
    String found = note(run(CarelessBillingTest.class, ""));
    assertThat(found)
        .startsWith("With seed 4, CarelessBillingTest.eachOrderIsChargedOnce fails under ")
        .contains("to replay: @HubExplore(seed = 4), or -Dhub.junit.explore.seed=4");
    assertThat(adversities(found))
        .containsExactly(
            "1. delivery of orders.1 to \"billing\" lost",
            "2. delivery of orders.1 #2 to \"billing\" late");
    String replayed = note(run(CarelessBillingTest.class, "4"));
    assertThat(adversities(replayed)).isEqualTo(adversities(found));
  }

  @Test
  void aConfirmationThatIsMissedMakesADuplicate() {
    String found = note(run(CarelessCashierTest.class, ""));
    assertThat(adversities(found))
        .containsExactly("1. crash of the server after publish of orders.3 by \"shop\"");
    assertThat(found).contains("@HubExplore(seed = 3)");
  }

  @Test
  void aRequestOvertakesTheSubscription() {
    String found = note(run(CarelessMenuTest.class, ""));
    assertThat(adversities(found))
        .containsExactly("1. subscription to menu of \"menu\" late, after what others sent");
    assertThat(found).contains("@HubExplore(seed = 6)");
  }
}
