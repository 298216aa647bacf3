package dev.hubkit.junit.history;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static dev.hubkit.junit.history.MessageKey.byHeader;
import static dev.hubkit.junit.history.MessageKey.byJson;
import static dev.hubkit.junit.history.MessageKey.bySubjectToken;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.Bucket;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.RecordHistory;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithConsumer;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.PullSubscribeOptions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Histories as a test of an application uses them. */
class KitchenHistoryTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Cooks what is ordered. */
  private record Kitchen(JetStreamSubscription orders, History history) {
    static Kitchen open(Connection client, History history) throws Exception {
      return new Kitchen(
          client.jetStream().subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen")),
          history);
    }

    void cook(int count) throws Exception {
      while (count > 0) {
        List<Message> some = orders.fetch(count, SOON);
        for (Message order : some) {
          // @start region="record"
          history.record("cooked", order.getHeaders().getFirst("Nats-Msg-Id"));
          // @end
          order.ackSync(SOON);
        }
        count -= some.size();
      }
    }
  }

  // @start region="history"
  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>", storage = Storage.FILE)
  @WithConsumer(stream = "ORDERS", name = "kitchen")
  @RecordHistory
  @Nested
  class OverACrashTest {
    @Test
    void noOrderIsLost(HubResource hub, History history) throws Exception {
      try (Connection client = hub.connect(new Options.Builder().noReconnect())) {
        Shop.order(client.jetStream(), 10);
        Kitchen.open(client, history).cook(4);
      }
      hub.faults().crash();
      hub.faults().recover();
      try (Connection client = hub.connect()) {
        Kitchen.open(client, history).cook(6);
      }

      assertThat(history).losesNothing().duplicatesNothing().keepsOrderPerKey();
    }
  }

  // @end

  /** Orders coffee. */
  private static final class Shop {
    static void order(JetStream jetStream, int count) throws Exception {
      for (int i = 1; i <= count; i++) {
        jetStream.publish(
            "orders." + i % 2,
            ("{\"table\": " + i % 3 + "}").getBytes(UTF_8),
            PublishOptions.builder().messageId("order-" + i).build());
      }
    }
  }

  @Test
  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  @WithConsumer(stream = "ORDERS", name = "kitchen")
  void selects(Connection client, History history) throws Exception {
    Shop.order(client.jetStream(), 10);
    Kitchen.open(client, history).cook(10);
    // @start region="selects"
    assertThat(history)
        .ofStream("ORDERS")
        .ofConsumer("kitchen")
        .identifiedBy(byHeader("Nats-Msg-Id"))
        .keyedBy(byJson("$.table"))
        .handlesEverything()
        .duplicatesNothing()
        .keepsOrderPerKey()
        .keepsOrderPerKey(bySubjectToken(2));
    // @end
    // @start region="handledAs"
    assertThat(history).handledAs("cooked").losesNothing().duplicatesNothing();
    // @end
    // @start region="withoutAssertJ"
    List<String> lost = history.check().ofStream("ORDERS").losses();
    // @end
    assertEquals(List.of(), lost);
  }

  // @start region="register"
  @Test
  @WithHub(fossil = false)
  void pricesAreARegister(@Bucket("prices") KeyValue prices, History history) throws Exception {
    long first = prices.create("coffee", "2".getBytes(UTF_8));
    prices.update("coffee", "3".getBytes(UTF_8), first);
    prices.get("coffee");

    assertThat(history).ofBucket("prices").isLinearizable();
  }

  // @end
}
