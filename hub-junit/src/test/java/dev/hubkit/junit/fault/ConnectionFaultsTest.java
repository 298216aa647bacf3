package dev.hubkit.junit.fault;

import static dev.hubkit.junit.message.JsonContent.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.journal.Journal;
import dev.hubkit.junit.message.MessageMatcher;
import io.nats.client.Connection;
import io.nats.client.Connection.Status;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How real clients handle injected faults in connections and messages. */
class ConnectionFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  /** A client that reconnects at once, and records its events. */
  private static final class Client {
    private final Map<Events, CountDownLatch> events =
        Collections.synchronizedMap(new LinkedHashMap<>());
    private final Connection connection;

    Client(HubResource hub, String name) {
      for (Events event : Events.values()) {
        events.put(event, new CountDownLatch(1));
      }
      connection =
          hub.connect(
              new Options.Builder()
                  .connectionName(name)
                  .reconnectWait(Duration.ofMillis(10))
                  .reconnectJitter(Duration.ofMillis(1))
                  .maxReconnects(-1)
                  .connectionListener((c, event) -> latch(event).countDown()));
    }

    private CountDownLatch latch(Events event) {
      CountDownLatch latch = events.get(event);
      assertThat(latch).isNotNull();
      return latch;
    }

    void await(Events event) throws InterruptedException {
      assertThat(latch(event).await(SOON.toSeconds(), TimeUnit.SECONDS)).as("%s", event).isTrue();
    }
  }

  @Test
  @WithHub(fossil = false)
  void aCutClientReconnectsWhenItMay(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Client kitchen = new Client(hub, "kitchen");
    Subscription orders = shop.connection.subscribe("orders");
    Journal.Mark mark = hub.journal().mark();
    // @start region="aCutClientReconnectsWhenItMay"
    try (Fault cut = hub.faults().cut(shop.connection)) {
      shop.await(Events.DISCONNECTED);
      // The client tries to reconnect, and the server rejects it.
      hub.journal().awaitSince(mark).connected().by("shop").atMost(SOON);
      assertThat(shop.connection.getStatus()).isNotEqualTo(Status.CONNECTED);
      assertThat(kitchen.connection.getStatus()).isEqualTo(Status.CONNECTED);
      assertThat(cut.isOpen()).isTrue();
      assertThat(hub.faults().open()).containsExactly(cut);
    }
    // @end
    shop.await(Events.RECONNECTED);
    shop.await(Events.RESUBSCRIBED);
    shop.connection.flush(SOON);
    kitchen.connection.publish("orders", ORDER);
    assertThat(orders.nextMessage(SOON)).isNotNull();
    assertThat(kitchen.events.get(Events.DISCONNECTED).getCount()).isEqualTo(1);
    assertThat(hub.faults().open()).isEmpty();
  }

  @Test
  @WithHub(fossil = false)
  void whoIsRefusedDoesNotGetIn(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    try (Fault refused = hub.faults().refuse()) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(
              () ->
                  Nats.connect(new Options.Builder().server(hub.natsUrl()).noReconnect().build()));
      shop.connection.flush(SOON);
      assertThat(refused).hasToString("connections are refused");
    }
    Nats.connect(hub.natsUrl()).close();
  }

  @Test
  @WithHub(fossil = false)
  void nothingGetsThroughAStalledConnectionUntilItGoesOn(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Client kitchen = new Client(hub, "kitchen");
    Subscription orders = kitchen.connection.subscribe("orders");
    kitchen.connection.flush(SOON);
    try (Fault stalled = hub.faults().stall(ClientSelector.named("kitchen"))) {
      shop.connection.publish("orders", ORDER);
      shop.connection.flush(SOON);
      hub.journal().await().delivered("orders").by("kitchen").atMost(SOON);
      kitchen.connection.publish("tickets", ORDER);
      assertThatExceptionOfType(Exception.class)
          .isThrownBy(() -> kitchen.connection.flush(Duration.ofMillis(200)));
      // jnats may decrease its count of pending messages before it has increased it.
      assertThat(orders.getPendingMessageCount()).isNotPositive();
      assertThat(hub.journal().published("tickets")).isEmpty();
      assertThat(stalled.isOpen()).isTrue();
    }
    assertThat(orders.nextMessage(SOON)).isNotNull();
    hub.journal().await().published("tickets").atMost(SOON);
    assertThat(kitchen.events.get(Events.DISCONNECTED).getCount()).isEqualTo(1);
  }

  @Test
  @WithHub(fossil = false)
  void aStalledClientIsStaleInTheEnd(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    hub.time().freeze();
    try (Fault stalled = hub.faults().stall(shop.connection)) {
      // The server tolerates two unanswered pings, and closes the connection at the third.
      hub.time().advance(Duration.ofMinutes(10));
      // The client may have come back and gone again before all the time has passed.
      assertThat(hub.journal().disconnected().by("shop").first().detail())
          .isEqualTo("Stale Connection");
      assertThat(stalled.isOpen()).isTrue();
    }
  }

  @Test
  @WithHub(fossil = false)
  void bytesGetThroughSlowlyInTheHubsTime(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Client kitchen = new Client(hub, "kitchen");
    Subscription orders = kitchen.connection.subscribe("orders");
    kitchen.connection.flush(SOON);
    hub.time().freeze();
    try (Fault slow = hub.faults().slow(kitchen.connection, 1000)) {
      shop.connection.publish("orders", new byte[5000]);
      shop.connection.flush(SOON);
      hub.time().advance(Duration.ofMillis(4900));
      assertThat(orders.nextMessage(Duration.ofMillis(100))).isNull();
      hub.time().advance(Duration.ofMillis(300));
      Message order = orders.nextMessage(SOON);
      assertThat(order.getData()).hasSize(5000);
      assertThat(slow).hasToString("\"kitchen\" is slowed down to 1000 bytes/s");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> hub.faults().slow(kitchen.connection, 0));
  }

  @Test
  @WithHub(fossil = false)
  void bytesArriveLateInTheHubsTimeBothWays(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Client kitchen = new Client(hub, "kitchen");
    Subscription orders = kitchen.connection.subscribe("orders");
    kitchen.connection.flush(SOON);
    hub.time().freeze();
    try (Fault late = hub.faults().delay(kitchen.connection, Duration.ofSeconds(30))) {
      shop.connection.publish("orders", ORDER);
      shop.connection.flush(SOON);
      kitchen.connection.publish("tickets", ORDER);
      hub.time().advance(Duration.ofSeconds(29));
      // jnats may decrease its count of pending messages before it has increased it.
      assertThat(orders.getPendingMessageCount()).isNotPositive();
      assertThat(hub.journal().published("tickets")).isEmpty();
      hub.time().advance(Duration.ofSeconds(2));
      assertThat(orders.nextMessage(SOON)).isNotNull();
      assertThat(late.isOpen()).isTrue();
      hub.time().resume();
    }
    kitchen.connection.flush(SOON);
    assertThat(hub.journal().published("tickets")).hasSize(1);
  }

  @Test
  @WithHub(fossil = false)
  void aClientThatGetsDamagedBytesGivesUp(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Client kitchen = new Client(hub, "kitchen");
    kitchen.connection.subscribe("orders");
    kitchen.connection.flush(SOON);
    try (Fault corrupt = hub.faults().corrupt(kitchen.connection, 1)) {
      shop.connection.publish("orders", ORDER);
      kitchen.await(Events.DISCONNECTED);
      assertThat(corrupt.isOpen()).isTrue();
    }
    kitchen.await(Events.RECONNECTED);
  }

  @Test
  @WithHub(fossil = false)
  void aSlowConsumerIsCutAndCounted(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    hub.faults().slowConsumer(shop.connection);
    shop.await(Events.RECONNECTED);
    assertThat(hub.journal().disconnected().by("shop").first().detail())
        .isEqualTo("Slow Consumer (Pending Bytes)");
    assertThat(hub.hub().nats().clients().slowConsumers()).isEqualTo(1);
  }

  @Test
  @WithHub(fossil = false)
  void aLameDuckSaysGoodbyeAndIsReplaced(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    hub.time().freeze();
    try (Fault lame = hub.faults().lameDuck(Duration.ofSeconds(10), Duration.ofSeconds(30))) {
      shop.await(Events.LAME_DUCK);
      assertThat(shop.connection.getStatus()).isEqualTo(Status.CONNECTED);
      hub.time().advance(Duration.ofMinutes(1));
      shop.await(Events.DISCONNECTED);
      assertThat(lame.isOpen()).isTrue();
    }
    shop.await(Events.RECONNECTED);
  }

  @Test
  @WithHub(fossil = false)
  void messagesGetLostHeldDamagedAndReordered(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Subscription orders = shop.connection.subscribe("orders.*");
    try (Fault lost = hub.faults().published("orders.lost").lose()) {
      shop.connection.publish("orders.lost", ORDER);
      shop.connection.publish("orders.kept", ORDER);
      assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders.kept");
      assertThat(lost).hasToString("messages published on orders.lost are lost");
    }
    try (Fault held = hub.faults().delivered("orders.*").hold()) {
      shop.connection.publish("orders.1", ORDER);
      shop.connection.publish("orders.2", ORDER);
      shop.connection.flush(SOON);
      // jnats may decrease its count of pending messages before it has increased it.
      assertThat(orders.getPendingMessageCount()).isNotPositive();
      assertThat(held.isOpen()).isTrue();
    }
    assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders.1");
    assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders.2");
    try (Fault reordered = hub.faults().published("orders.*").reorder(3)) {
      for (int i = 1; i <= 4; i++) {
        shop.connection.publish("orders." + i, ORDER);
      }
      for (int i = 3; i >= 1; i--) {
        assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders." + i);
      }
      // jnats may decrease its count of pending messages before it has increased it.
      assertThat(orders.getPendingMessageCount()).isNotPositive();
      assertThat(reordered.isOpen()).isTrue();
    }
    assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders.4");
    try (Fault corrupt = hub.faults().delivered("orders.*").corrupt()) {
      shop.connection.publish("orders.5", ORDER);
      assertThat(orders.nextMessage(SOON).getData()).hasSameSizeAs(ORDER).isNotEqualTo(ORDER);
      assertThat(corrupt.isOpen()).isTrue();
    }
    hub.time().freeze();
    try (Fault late = hub.faults().published("orders.*").delay(Duration.ofMinutes(5))) {
      shop.connection.publish("orders.6", ORDER);
      shop.connection.flush(SOON);
      hub.time().advance(Duration.ofMinutes(4));
      // jnats may decrease its count of pending messages before it has increased it.
      assertThat(orders.getPendingMessageCount()).isNotPositive();
      hub.time().advance(Duration.ofMinutes(1));
      assertThat(orders.nextMessage(SOON).getSubject()).isEqualTo("orders.6");
      assertThat(late.isOpen()).isTrue();
    }
  }

  @Test
  @WithHub(fossil = false)
  void onlyMessagesThatMatchGetLost(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Subscription orders = shop.connection.subscribe("orders");
    // @start region="onlyMessagesThatMatchGetLost"
    try (Fault lost = hub.faults().published("orders").matching(json("$.id", 42)).lose()) {
      // @end
      shop.connection.publish("orders", "{\"id\": 42}".getBytes(UTF_8));
      shop.connection.publish("orders", ORDER);
      assertThat(orders.nextMessage(SOON).getData()).isEqualTo(ORDER);
      assertThat(lost).hasToString("messages published on orders with JSON $.id = 42 are lost");
    }
    MessageMatcher broken =
        MessageMatcher.of(
            "broken",
            message -> {
              throw new IllegalStateException("on purpose");
            });
    try (Fault lost = hub.faults().delivered("orders").matching(broken).lose()) {
      shop.connection.publish("orders", ORDER);
      assertThat(orders.nextMessage(SOON).getData()).isEqualTo(ORDER);
      assertThat(lost.isOpen()).isTrue();
    }
  }

  @Test
  @WithHub(fossil = false)
  void whatOneFaultHoldsBackTheNextHasAfterwards(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Subscription orders = shop.connection.subscribe("orders.*");
    shop.connection.flush(SOON);
    hub.time().freeze();
    try (Fault late = hub.faults().delivered("orders.*").delay(Duration.ofMinutes(5));
        Fault lost = hub.faults().delivered("orders.lost").lose()) {
      Fault corrupt = hub.faults().delivered("orders.*").corrupt();
      shop.connection.publish("orders.1", ORDER);
      shop.connection.publish("orders.lost", ORDER);
      shop.connection.flush(SOON);
      hub.time().advance(Duration.ofMinutes(5));
      assertThat(orders.nextMessage(SOON).getData()).hasSameSizeAs(ORDER).isNotEqualTo(ORDER);
      shop.connection.publish("orders.2", ORDER);
      shop.connection.flush(SOON);
      // The fault has been removed when it releases the message.
      corrupt.close();
      hub.time().advance(Duration.ofMinutes(5));
      assertThat(orders.nextMessage(SOON).getData()).isEqualTo(ORDER);
      assertThat(late.isOpen()).isTrue();
      assertThat(lost.isOpen()).isTrue();
    }
  }

  @Test
  @WithHub(fossil = false)
  void messageFaultsCanConcernOneClientAlone(HubResource hub) throws Exception {
    Client shop = new Client(hub, "shop");
    Client kitchen = new Client(hub, "kitchen");
    Subscription atShop = shop.connection.subscribe("orders.*");
    Subscription atKitchen = kitchen.connection.subscribe("orders.*");
    shop.connection.flush(SOON);
    kitchen.connection.flush(SOON);
    try (Fault swapped = hub.faults().delivered("orders.*").of(kitchen.connection).reorder(2)) {
      shop.connection.publish("orders.1", ORDER);
      shop.connection.publish("orders.2", ORDER);
      assertThat(atShop.nextMessage(SOON).getSubject()).isEqualTo("orders.1");
      assertThat(atShop.nextMessage(SOON).getSubject()).isEqualTo("orders.2");
      assertThat(atKitchen.nextMessage(SOON).getSubject()).isEqualTo("orders.2");
      assertThat(atKitchen.nextMessage(SOON).getSubject()).isEqualTo("orders.1");
      assertThat(swapped)
          .hasToString("messages delivered on orders.* of \"kitchen\" are reordered");
    }
    try (Fault lost = hub.faults().published("orders.*").of(ClientSelector.named("shop")).lose()) {
      shop.connection.publish("orders.3", ORDER);
      shop.connection.flush(SOON);
      kitchen.connection.publish("orders.4", ORDER);
      assertThat(atKitchen.nextMessage(SOON).getSubject()).isEqualTo("orders.4");
      assertThat(lost.isOpen()).isTrue();
    }
  }
}
