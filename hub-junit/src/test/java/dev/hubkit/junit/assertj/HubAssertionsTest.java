package dev.hubkit.junit.assertj;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static dev.hubkit.junit.message.JsonContent.json;
import static dev.hubkit.junit.message.MessageMatchers.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.ObjectStore;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Assertions that hold, and the messages of those that fail. */
class HubAssertionsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  private static AbstractThrowableAssert<?, ?> failing(ThrowingCallable assertion) {
    return assertThatThrownBy(assertion).isInstanceOf(AssertionError.class);
  }

  @Test
  @WithHub(fossil = false)
  void streamsAndMessages(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
    jetStream.publish("orders.1", ORDER);
    jetStream.publish("orders.2", new Headers().put("Table", "7"), ORDER);
    jetStream.publish("orders.3", new Headers().put("Table", "8"), "tea".getBytes(UTF_8));

    // @start region="streams"
    assertThat(hub).hasNoStream("OTHERS").stream("ORDERS")
        .hasMessages(3)
        .hasFirstSequence(1)
        .hasLastSequence(3)
        .hasConsumers(0)
        .lastMessage()
        .hasSubject("orders.3")
        .hasSequence(3)
        .hasHeader("Table")
        .hasHeader("Table", "8")
        .hasNoHeader("Chair")
        .hasPayload("tea")
        .and()
        .lastMessage("orders.1")
        .hasNoHeader("Table");
    // @end

    failing(() -> assertThat(hub).stream("ORDERS").hasMessages(4))
        .hasMessageContaining("Expected stream ORDERS to have the number of messages <4>")
        .hasMessageContaining("it is <3>")
        .hasMessageContaining("PUB $JS.API.STREAM.CREATE.ORDERS")
        .hasMessageContaining("PUB orders.3")
        .hasMessageContaining(": tea")
        .message()
        .doesNotContain("STREAM.INFO", "PING");
    failing(() -> assertThat(hub).stream("ORDERS").isEmpty()).hasMessageContaining("it is <3>");
    failing(() -> assertThat(hub).stream("ORDERS").firstMessage().hasHeader("Table"))
        .hasMessageContaining("message 1 to have a header Table, but it has none");
    failing(() -> assertThat(hub).stream("ORDERS").message(2).hasHeader("Table", "8"))
        .hasMessageContaining("<[8]>, but it is <[7]>");
    failing(() -> assertThat(hub).stream("ORDERS").message(9)).hasMessageContaining("a message 9");
    failing(() -> assertThat(hub).stream("ORDERS").lastMessage("orders.9"))
        .hasMessageContaining("a message on orders.9");
    failing(() -> assertThat(hub).stream("OTHERS"))
        .hasMessageContaining("a stream OTHERS (it has ORDERS)");
    failing(() -> assertThat(hub).hasNoStream("ORDERS")).hasMessageContaining("there is one");
  }

  @Test
  @WithHub(fossil = false)
  void messagesByTheirContent(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
    for (int id = 41; id <= 43; id++) {
      jetStream.publish(
          "orders." + id,
          new Headers().put("Kind", id == 41 ? "a" : "b"),
          ("{\"id\": " + id + "}").getBytes(UTF_8));
    }
    streams.deleteMessage("ORDERS", 3);
    // @start region="messages"
    assertThat(hub).stream("ORDERS")
        .message(json("$.id", 42))
        .hasSubject("orders.42")
        .hasJson("$.id", 42)
        .matches(header("Kind", "b"));
    // @end
    failing(
            () ->
                assertThat(hub).stream("ORDERS").message(header("Kind", "a").and(json("$.id", 9))))
        .hasMessageContaining(
            "Expected stream ORDERS to have a message with header Kind: a with JSON $.id = 9, but"
                + " it has none; nearest: message 1 (orders.41, 10 bytes): $.id was 41, not 9.");
    failing(() -> assertThat(hub).stream("ORDERS").firstMessage().hasJson("$.id", 42))
        .hasMessageContaining(
            "Expected message 1 to be with JSON $.id = 42, but $.id was 41, not 42.");
  }

  @Test
  @WithHub(fossil = false)
  void consumers(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
    for (int i = 1; i <= 4; i++) {
      jetStream.publish("orders." + i, ORDER);
    }
    streams.addOrUpdateConsumer(
        "ORDERS", ConsumerConfiguration.builder().durable("worker").build());
    var pulling = jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "worker"));
    List<Message> fetched = pulling.fetch(3, SOON);
    fetched.get(0).ackSync(SOON);
    fetched.get(1).nak();
    pulling.fetch(1, SOON).get(0).ackSync(SOON);

    assertThat(hub).stream("ORDERS")
        .consumer("worker")
        .hasPending(1)
        .hasAckPending(1)
        .hasAckFloor(2)
        .hasDelivered(3)
        .hasRedelivered(0)
        .hasWaiting(0)
        .and()
        .stream("ORDERS")
        .hasConsumers(1);
    failing(() -> assertThat(hub).consumer("ORDERS", "worker").hasPending(0))
        .hasMessageContaining("the number of pending messages <0>, but it is <1>")
        .hasMessageContaining("-NAK");
    failing(() -> assertThat(hub).consumer("ORDERS", "nobody"))
        .hasMessageContaining("a consumer nobody of ORDERS");
  }

  @Test
  @WithHub(fossil = false)
  void buckets(HubResource hub) throws Exception {
    hub.connection()
        .keyValueManagement()
        .create(KeyValueConfiguration.builder().name("prices").build());
    KeyValue prices = hub.keyValue("prices");
    prices.put("coffee", "2");
    prices.put("tea", "1");
    prices.delete("tea");
    hub.connection()
        .objectStoreManagement()
        .create(ObjectStoreConfiguration.builder("menus").build());
    ObjectStore menus = hub.objectStore("menus");
    menus.put("today", ORDER);

    // @start region="buckets"
    assertThat(hub)
        .bucket("prices")
        .hasKey("coffee")
        .hasValue("coffee", "2")
        .hasNoKey("tea")
        .hasOnlyKeys("coffee")
        .and()
        .objectBucket("menus")
        .hasObject("today")
        .hasContent("today", "two coffees")
        .hasNoObject("tomorrow");
    // @end
    failing(() -> assertThat(hub).bucket("prices").hasValue("coffee", "3"))
        .hasMessageContaining("to have coffee <3>, but it is <2>")
        .hasMessageContaining("PUB $KV.prices.coffee");
    failing(() -> assertThat(hub).bucket("prices").hasKey("tea"));
    failing(() -> assertThat(hub).bucket("prices").hasOnlyKeys("coffee", "tea"))
        .hasMessageContaining("the keys <[coffee, tea]>, but it is <[coffee]>");
    failing(() -> assertThat(hub).bucket("nothing")).hasMessageContaining("a bucket nothing");
    failing(() -> assertThat(hub).objectBucket("menus").hasObject("tomorrow"));
    failing(() -> assertThat(hub).objectBucket("menus").hasContent("today", "tea"))
        .hasMessageContaining("to have today <tea>, but it is <two coffees>");
  }

  @Test
  @WithHub(fossil = false)
  void connections(HubResource hub) {
    hub.connect(new Options.Builder().connectionName("shop"));
    assertThat(hub).connections().has("shop").hasNo("kitchen").hasCount(1);
    failing(() -> assertThat(hub).connections().has("kitchen"))
        .hasMessageContaining("those connected are [shop]")
        .hasMessageContaining("\"shop\" CONNECT");
  }

  @Test
  @WithHub(nats = false)
  void checkIns(HubResource hub) throws Exception {
    hub.repository()
        .commit(
            new Commit("hub", "a menu")
                .put("menu.txt", FileContent.of(ORDER))
                .put("prices/tea.txt", FileContent.of("1".getBytes(UTF_8))));
    assertThat(hub)
        .checkIn("trunk")
        .hasUser("hub")
        .hasComment("a menu")
        .hasFile("menu.txt", "two coffees")
        .hasFile("prices/tea.txt")
        .hasNoFile("prices/coffee.txt")
        .hasOnlyFiles("prices/tea.txt", "menu.txt");
    failing(() -> assertThat(hub).checkIn("trunk").hasFile("menu.txt", "tea"))
        .hasMessageContaining("in the file menu.txt <tea>, but it is <two coffees>");
    failing(() -> assertThat(hub).checkIn("nowhere")).hasMessageContaining("a check-in nowhere");
    failing(() -> assertThat(hub).checkIn("trunk").hasFile("nothing"))
        .hasMessageContaining("[menu.txt, prices/tea.txt]");
  }
}
