package shop;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static dev.hubkit.junit.history.MessageKey.byJson;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.RecordHistory;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithConsumer;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.explore.Adversity;
import dev.hubkit.junit.explore.HubExplore;
import dev.hubkit.junit.fault.Fault;
import dev.hubkit.junit.history.History;
import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.KeyValueConfiguration;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Faults, histories and exploration. */
@WithHub(fossil = false)
@WithStream(name = "ORDERS", subjects = "orders.>", storage = Storage.FILE)
@WithConsumer(stream = "ORDERS", name = "kitchen", ackWait = "10s")
class FaultsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static void cook(Connection client, int count) throws Exception {
    JetStreamSubscription kitchen =
        client.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
    for (int left = count; left > 0; ) {
      List<Message> some = kitchen.fetch(left, SOON);
      for (Message each : some) {
        each.ackSync(SOON);
      }
      left -= some.size();
    }
    kitchen.unsubscribe();
  }

  private static void order(Connection client, int number) throws Exception {
    client
        .jetStream()
        .publish("orders." + number, ("{\"table\": " + number % 2 + "}").getBytes(UTF_8));
  }

  @Test
  @RecordHistory
  void nothingIsLostInACrash(HubResource hub, History history) throws Exception {
    try (Connection client = hub.connect(new Options.Builder().noReconnect())) {
      client
          .keyValueManagement()
          .create(KeyValueConfiguration.builder().name("stock").build());
      KeyValue stock = client.keyValue("stock");
      stock.update("tea", new byte[] {'1'}, stock.create("tea", new byte[] {'2'}));
      stock.get("tea");
      for (int i = 0; i < 5; i++) {
        order(client, i);
      }
      cook(client, 2);
    }
    hub.faults().crash();
    hub.faults().recover();
    try (Connection client = hub.connect()) {
      cook(client, 3);
      assertEquals("1", client.keyValue("stock").get("tea").getValueAsString());
    }
    assertThat(history)
        .losesNothing()
        .ofStream("ORDERS")
        .handlesEverything()
        .duplicatesNothing()
        .keepsOrderPerKey(byJson("$.table"));
    assertThat(history).ofBucket("stock").isLinearizable();
  }

  @Test
  void aLostAcknowledgementIsFound(HubResource hub, History history) throws Exception {
    hub.time().freeze();
    try (Connection client = hub.connect()) {
      order(client, 1);
      JetStreamSubscription kitchen =
          client.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
      try (Fault lost = hub.faults().published("$JS.ACK.>").lose()) {
        kitchen.fetch(1, SOON).get(0).ack();
        client.flush(SOON);
        assertEquals(true, lost.isOpen());
      }
      hub.time().advance(Duration.ofSeconds(11));
      kitchen.fetch(1, SOON).get(0).ackSync(SOON);
    }
    AssertionError twice =
        assertThrows(AssertionError.class, () -> assertThat(history).duplicatesNothing());
    assertEquals(true, twice.getMessage().contains("acknowledged in 2 deliveries of kitchen"));
  }

  @HubExplore(
      seeds = 3,
      adversities = {Adversity.LOST_ACK, Adversity.LOST_DELIVERY, Adversity.LATE_DELIVERY})
  void eachOrderIsCookedUnderAdversity(HubResource hub) throws Exception {
    order(hub.toolkitConnection(), 1);
    order(hub.toolkitConnection(), 2);
    Set<String> cooked = new HashSet<>();
    try (Connection cook = hub.connect(new Options.Builder().connectionName("cook"))) {
      JetStreamSubscription kitchen =
          cook.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
      for (int i = 0; i < 100 && cooked.size() < 2; i++) {
        for (Message each : kitchen.fetch(1, Duration.ofMillis(200))) {
          cooked.add(each.getSubject());
          each.ack();
        }
      }
    }
    assertEquals(Set.of("orders.1", "orders.2"), cooked);
  }
}
