package dev.hubkit.examples.explore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.explore.Adversity;
import dev.hubkit.junit.explore.HubExplore;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.time.Duration;

@WithHub(fossil = false)
class MenuTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  // @start region="core"
  // Core NATS promises nothing to a client whose connection ends.
  @HubExplore(
      seeds = 50,
      adversities = {Adversity.REORDER, Adversity.LATE_DELIVERY, Adversity.TIME_JUMP},
      atMost = "1s")
  void theMenuIsThereOnceTheServiceHasStarted(HubResource hub) throws Exception {
    menu(hub.connect(BillingTest.named("menu"))).start();
    Message answer = hub.connection().request("menu", null, SOON);
    assertThat(answer).isNotNull();
  }

  // @end

  Menu menu(Connection nats) {
    return new Menu(nats);
  }
}
