package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.nats.client.api.StreamConfiguration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** A failed test leaves a report, and a hub without its faults. */
class FailureReportTest {
  @WithHub(fossil = false)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class Failing {
    @Test
    @Order(1)
    void failsAndLeavesFaults(HubResource hub) throws Exception {
      hub.jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
      hub.jetStream().publish("orders.1", "two coffees".getBytes(UTF_8));
      hub.time().freeze();
      hub.faults().refuse();
      fail("on purpose");
    }

    @Test
    @Order(2)
    void findsAWholeHub(HubResource hub) throws Exception {
      assertThat(hub.faults().open()).isEmpty();
      assertThat(hub.time().isFrozen()).isFalse();
      hub.connect().close();
    }
  }

  @Test
  void tellsOfAFailedTestAndMendsItsHub() {
    EngineExecutionResults results =
        EngineTestKit.engine("junit-jupiter")
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
            .selectors(selectClass(Failing.class))
            .execute();
    results.testEvents().assertStatistics(stats -> stats.succeeded(1).failed(1));
    Map<String, String> report = new LinkedHashMap<>();
    results.allEvents().reportingEntryPublished().stream()
        .forEach(
            event -> report.putAll(event.getRequiredPayload(ReportEntry.class).getKeyValuePairs()));
    assertThat(report).containsOnlyKeys("hub", "hub journal", "hub streams", "hub log");
    assertThat(report.get("hub")).contains("NATS nats://127.0.0.1:", "root ");
    assertThat(report.get("hub journal")).contains("PUB orders.1", "two coffees");
    assertThat(report.get("hub streams")).isEqualTo("ORDERS [orders.>]: 1 messages, 1 to 1");
    assertThat(report.get("hub log")).contains("ready");
  }
}
