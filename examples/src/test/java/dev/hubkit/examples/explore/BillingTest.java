package dev.hubkit.examples.explore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.explore.HubExplore;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Options;
import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

// @start region="test"
@WithHub(fossil = false)
@WithStream(name = "ORDERS", subjects = "orders.*", storage = Storage.FILE)
class BillingTest {
  @HubExplore(seeds = 50, atMost = "1s")
  void eachOrderIsChargedOnce(HubResource hub) throws Exception {
    List<String> charges = new CopyOnWriteArrayList<>();
    begin(hub.connect(named("billing")), charges);
    Cashier cashier = new Cashier(hub.toolkitConnection(), Duration.ofMillis(200));
    for (String number : List.of("1", "2", "3")) {
      cashier.order(number);
    }
    JetStreamManagement streams = hub.toolkitConnection().jetStreamManagement();
    await()
        .pollInterval(Duration.ofMillis(10))
        .until(() -> isDone(streams.getConsumerInfo("ORDERS", "billing")));
    assertThat(charges).containsExactlyInAnyOrder("1", "2", "3");
  }

  void begin(Connection nats, List<String> charges) throws Exception {
    new Billing(nats, charges::add);
  }

  private static boolean isDone(ConsumerInfo billing) {
    return billing.getNumPending() == 0 && billing.getNumAckPending() == 0;
  }

  // The server is at hand: after a crash nobody waits 2 s for it. The machine may be busy.
  static Options.Builder named(String client) {
    return new Options.Builder()
        .connectionName(client)
        .connectionTimeout(Duration.ofSeconds(20))
        .reconnectWait(Duration.ofMillis(50));
  }
}
// @end
