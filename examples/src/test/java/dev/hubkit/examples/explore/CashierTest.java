package dev.hubkit.examples.explore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.explore.HubExplore;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import java.time.Duration;
import java.util.List;

@WithHub(fossil = false)
@WithStream(name = "ORDERS", subjects = "orders.*", storage = Storage.FILE)
class CashierTest {
  @HubExplore(seeds = 50, atMost = "1s")
  void eachOrderIsInTheStreamOnce(HubResource hub) throws Exception {
    Cashier cashier = cashier(hub.connect(BillingTest.named("shop")));
    for (String number : List.of("1", "2", "3")) {
      cashier.order(number);
    }
    JetStreamManagement streams = hub.toolkitConnection().jetStreamManagement();
    assertThat(streams.getStreamInfo("ORDERS").getStreamState().getMsgCount()).isEqualTo(3);
  }

  Cashier cashier(Connection nats) throws Exception {
    return new Cashier(nats, Duration.ofMillis(200));
  }
}
