package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectIteration;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectNestedMethod;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectUniqueId;

import io.nats.client.JetStreamManagement;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Runs tests as an IDE does when its user selects one, and as a build tool does through JUnit's
 * launcher.
 */
class SelectedTestsTest {
  private static final Queue<String> RAN = new ConcurrentLinkedQueue<>();

  @WithHub(fossil = false)
  @WithStream(name = "ORDERS")
  static class Whole {
    static HubResource hubOfTheClass;

    @BeforeAll
    static void beforeAll(HubResource hub) {
      assertThat(hubOfTheClass).isSameAs(hub);
    }

    @Test
    void first(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).containsExactly("ORDERS");
      RAN.add("first");
    }

    @Test
    void second() {
      RAN.add("second");
    }

    @RepeatedTest(3)
    void repeated(HubResource hub) {
      assertThat(hub).isSameAs(hubOfTheClass);
      RAN.add("repeated");
    }

    @Nested
    @WithStream(name = "MORE")
    class Inner {
      @Test
      void inner(JetStreamManagement management) throws Exception {
        assertThat(management.getStreamNames()).containsExactlyInAnyOrder("ORDERS", "MORE");
        RAN.add("inner");
      }
    }

    @AfterAll
    static void afterAll(HubResource hub) {
      assertThat(hub.natsPort()).isPositive();
    }
  }

  private static void runs(DiscoverySelector selector, String... tests) {
    RAN.clear();
    TestRun.of(selector).succeeds();
    assertThat(RAN).containsExactlyInAnyOrder(tests);
    assertThat(Whole.hubOfTheClass.root()).doesNotExist();
  }

  @Test
  void oneTestHasTheHubOfItsClass() {
    runs(selectMethod(Whole.class, "first", JetStreamManagement.class), "first");
    runs(selectMethod(Whole.class.getName() + "#second()"), "second");
    runs(
        selectNestedMethod(
            List.of(Whole.class), Whole.Inner.class, "inner", JetStreamManagement.class),
        "inner");
    String ofClass = "[engine:junit-jupiter]/[class:" + Whole.class.getName() + "]";
    runs(selectUniqueId(ofClass + "/[method:second()]"), "second");
    runs(
        selectUniqueId(
            ofClass
                + "/[test-template:repeated(dev.hubkit.junit.HubResource)]"
                + "/[test-template-invocation:#2]"),
        "repeated");
    runs(
        selectIteration(selectMethod(Whole.class, "repeated", HubResource.class), 0, 2),
        "repeated",
        "repeated");
  }

  @Test
  void theLauncherThatBuildToolsUseRunsAClass() {
    RAN.clear();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(Whole.class))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
                .build(),
            listener);
    assertThat(listener.getSummary().getTotalFailureCount()).isZero();
    assertThat(RAN).hasSize(6);
    assertThat(Whole.hubOfTheClass.root()).doesNotExist();
  }
}
