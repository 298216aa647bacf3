package dev.hubkit.junit.history;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static dev.hubkit.junit.history.MessageKey.byHeader;
import static dev.hubkit.junit.history.MessageKey.bySubjectToken;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.HubSnapshot;
import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.RecordHistory;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithConsumer;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.fault.ClientSelector;
import dev.hubkit.junit.fault.Fault;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.PurgeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Histories of a hub's streams, over lost acknowledgements, cuts and crashes. */
@WithHub(fossil = false, lifecycle = HubLifecycle.PER_METHOD)
@WithStream(name = "ORDERS", subjects = "orders.>", storage = Storage.FILE)
@WithConsumer(stream = "ORDERS", name = "kitchen", ackWait = "10s", maxDeliver = 2)
@RecordHistory
class HistoryTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static AbstractThrowableAssert<?, ?> failing(ThrowingCallable assertion) {
    return assertThatThrownBy(assertion).isInstanceOf(AssertionError.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Message next(JetStreamSubscription kitchen) throws Exception {
    List<Message> one = kitchen.fetch(1, SOON);
    Assertions.assertThat(one).hasSize(1);
    return one.get(0);
  }

  private static JetStreamSubscription kitchen(JetStream jetStream) throws Exception {
    return jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
  }

  @Test
  void allIsWellOverACrash(HubResource hub, History history) throws Exception {
    Connection first = hub.connect(new Options.Builder().connectionName("shop").noReconnect());
    JetStreamSubscription before = kitchen(first.jetStream());
    for (int i = 1; i <= 5; i++) {
      first.jetStream().publish("orders." + i, bytes("coffee " + i));
    }
    next(before).ackSync(SOON);
    next(before).ackSync(SOON);
    hub.faults().crash();
    assertThatThrownBy(() -> assertThat(history).losesNothing())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("the hub has crashed; call hub.faults().recover() first");
    hub.faults().recover();
    assertThat(history).losesNothing().duplicatesNothing().keepsOrderPerKey();
    failing(() -> assertThat(history).handlesEverything())
        .hasMessageContaining("ORDERS:3 on orders.3 was never delivered by kitchen")
        .hasMessageContaining("\"shop\"")
        .hasMessageContaining("acknowledged as ORDERS:3")
        .hasMessageContaining("\"shop\" (#")
        .hasMessageContaining(") disconnected: ")
        .hasMessageContaining("the server crashed");
    try (Connection second = hub.connect()) {
      JetStreamSubscription after = kitchen(second.jetStream());
      for (int i = 3; i <= 5; i++) {
        next(after).ackSync(SOON);
      }
    }
    assertThat(history)
        .ofStream("ORDERS")
        .ofConsumer("kitchen")
        .handlesEverything()
        .losesNothing()
        .duplicatesNothing()
        .keepsOrderPerKey();
  }

  @Test
  void aLostAcknowledgementMakesADuplicate(HubResource hub, JetStream jetStream, History history)
      throws Exception {
    hub.time().freeze();
    jetStream.publish("orders.1", bytes("coffee"));
    JetStreamSubscription kitchen = kitchen(jetStream);
    try (Fault lost = hub.faults().published("$JS.ACK.>").lose()) {
      Assertions.assertThat(lost.isOpen()).isTrue();
      Message message = next(kitchen);
      history.record("cooked", message.getSubject());
      message.ack();
      hub.connection().flush(SOON);
    }
    assertThat(history).duplicatesNothing().losesNothing();
    assertThat(history).handledAs("cooked").duplicatesNothing();
    hub.time().advance(Duration.ofSeconds(11));
    Message again = next(kitchen);
    history.record("cooked", again.getSubject());
    again.ackSync(SOON);
    failing(() -> assertThat(history).duplicatesNothing())
        .hasMessageContaining("ORDERS:1 on orders.1 was acknowledged in 2 deliveries of kitchen")
        .hasMessageContaining("sent +ACK of delivery 1")
        .hasMessageContaining("delivery 2");
    failing(() -> assertThat(history).handledAs("cooked").duplicatesNothing())
        .hasMessageContaining("orders.1 (ORDERS:1 on orders.1) was recorded 2 times as cooked");
    assertThat(history).losesNothing().keepsOrderPerKey();
  }

  @Test
  void aConsumerThatGivesUpLosesTheMessage(HubResource hub, JetStream jetStream, History history)
      throws Exception {
    hub.time().freeze();
    jetStream.publish("orders.1", bytes("coffee"));
    jetStream.publish("orders.2", bytes("tea"));
    JetStreamSubscription kitchen = kitchen(jetStream);
    next(kitchen);
    next(kitchen).term();
    hub.time().advance(Duration.ofSeconds(11));
    next(kitchen);
    assertThat(history).losesNothing();
    hub.time().advance(Duration.ofSeconds(11));
    failing(() -> assertThat(history).losesNothing())
        .hasMessageContaining(
            "ORDERS:1 on orders.1 was never acknowledged by kitchen, which delivers it 2 times at"
                + " most, and has")
        .message()
        .doesNotContain("ORDERS:2");
    failing(() -> assertThat(history).handlesEverything())
        .hasMessageContaining("ORDERS:2 on orders.2 was refused for ever (+TERM)");
  }

  @Test
  void aMessageThatComesAgainLateIsOutOfOrder(JetStream jetStream, History history)
      throws Exception {
    for (String text : List.of("coffee", "tea", "cake")) {
      jetStream.publish("orders.7", new Headers().put("Table", text.length() + ""), bytes(text));
    }
    JetStreamSubscription kitchen = kitchen(jetStream);
    Message coffee = next(kitchen);
    Message tea = next(kitchen);
    coffee.nak();
    tea.ackSync(SOON);
    List<Message> rest = kitchen.fetch(2, SOON);
    for (Message each : rest) {
      each.ackSync(SOON);
    }
    failing(() -> assertThat(history).keepsOrderPerKey())
        .hasMessageContaining(
            "ORDERS:1 on orders.7 (key orders.7) was handled by kitchen after ORDERS:2 on orders.7")
        .hasMessageContaining("sent -NAK of delivery 1");
    failing(() -> assertThat(history).keepsOrderPerKey(bySubjectToken(1)));
    assertThat(history)
        .keepsOrderPerKey(byHeader("Table"))
        .keyedBy(byHeader("Table"))
        .keepsOrderPerKey()
        .losesNothing()
        .handlesEverything()
        .duplicatesNothing();
  }

  @Test
  void whatATestRemovesIsNotLost(JetStream jetStream, JetStreamManagement streams, History history)
      throws Exception {
    for (int i = 1; i <= 6; i++) {
      jetStream.publish("orders." + i, bytes("coffee"));
    }
    streams.deleteMessage("ORDERS", 2);
    streams.purgeStream("ORDERS", PurgeOptions.builder().subject("orders.3").build());
    assertThat(history).losesNothing();
    streams.purgeStream("ORDERS", PurgeOptions.builder().sequence(6).build());
    streams.addStream(
        StreamConfiguration.builder()
            .name("TABLES")
            .subjects("tables.*")
            .allowRollup(true)
            .build());
    jetStream.publish("tables.1", bytes("free"));
    jetStream.publish("tables.2", bytes("free"));
    jetStream.publish(
        NatsMessage.builder()
            .subject("tables.3")
            .headers(new Headers().put("Nats-Rollup", "all"))
            .build());
    assertThat(history).losesNothing();
  }

  @Test
  @WithStream(name = "JOBS", subjects = "jobs.>", retention = WithStream.Retention.WORK_QUEUE)
  @WithConsumer(stream = "JOBS", name = "worker")
  void aWorkQueueEndsWithAcknowledgements(JetStream jetStream, History history) throws Exception {
    jetStream.publish("jobs.1", bytes("wash"));
    jetStream.publish("jobs.2", bytes("dry"));
    JetStreamSubscription worker =
        jetStream.subscribe(null, PullSubscribeOptions.bind("JOBS", "worker"));
    next(worker).ackSync(SOON);
    assertThat(history).losesNothing();
    failing(() -> assertThat(history).handlesEverything())
        .hasMessageContaining("JOBS:2 on jobs.2 was never delivered by worker");
    next(worker).ackSync(SOON);
    assertThat(history).losesNothing().handlesEverything();
    failing(() -> assertThat(history).handledAs("washed").losesNothing())
        .hasMessageContaining("jobs.1 was acknowledged by worker, but never recorded as washed");
    history.record("washed", "jobs.1");
    history.record("washed", "jobs.2");
    assertThat(history).handledAs("washed").losesNothing().handlesEverything().keepsOrderPerKey();
  }

  @Test
  @WithStream(name = "NEWS", subjects = "news.>", retention = WithStream.Retention.INTEREST)
  void whatNobodyIsInterestedInIsNotLost(
      HubResource hub, JetStream jetStream, JetStreamManagement streams, History history)
      throws Exception {
    jetStream.publish("news.1", bytes("rain"));
    streams.addOrUpdateConsumer(
        "NEWS", ConsumerConfiguration.builder().durable("reader").filterSubject("news.*").build());
    jetStream.publish("news.2", bytes("sun"));
    JetStreamSubscription reader =
        jetStream.subscribe(null, PullSubscribeOptions.bind("NEWS", "reader"));
    next(reader).ackSync(SOON);
    jetStream.publish("news.3", bytes("snow"));
    assertThat(hub).stream("NEWS").hasMessages(1);
    assertThat(history).losesNothing();
    failing(() -> assertThat(history).ofStream("NEWS").handlesEverything())
        .hasMessageContaining("NEWS:3 on news.3 was never delivered by reader");
  }

  @Test
  @WithStream(name = "MEMORY", subjects = "memory.>")
  void aCrashTakesWhatIsInMemory(HubResource hub, JetStream jetStream, History history)
      throws Exception {
    jetStream.publish("memory.1", bytes("coffee"));
    jetStream.publish("orders.1", bytes("tea"));
    hub.faults().crash();
    hub.faults().recover();
    failing(() -> assertThat(history).losesNothing())
        .hasMessageContaining("MEMORY:1 on memory.1 was acknowledged, and the stream is gone")
        .hasMessageContaining("the server crashed")
        .message()
        .doesNotContain("ORDERS:1");
    assertThat(history).ofStream("ORDERS").losesNothing();
  }

  @Test
  void aLossOfPowerTakesWhatWasNotSynced(HubResource hub, History history) throws Exception {
    hub.time().freeze();
    try (Connection client = hub.connect()) {
      client.jetStream().publish("orders.1", bytes("coffee"));
      hub.time().advance(Duration.ofMinutes(3));
      client.jetStream().publish("orders.2", bytes("tea"));
    }
    hub.faults().losePower();
    hub.faults().recover();
    try (Connection client = hub.connect()) {
      failing(() -> assertThat(history).losesNothing())
          .hasMessageContaining(
              "ORDERS:2 on orders.2 was acknowledged, and the stream does not have it")
          .hasMessageContaining("the server lost its power");
      client.jetStream().publish("orders.3", bytes("cake"));
    }
    failing(() -> assertThat(history).losesNothing())
        .hasMessageContaining(
            "ORDERS:2 on orders.2 was acknowledged, and another message got its sequence");
  }

  @Test
  void aMessageStoredTwiceIsADuplicate(HubResource hub, JetStream jetStream, History history)
      throws Exception {
    hub.time().freeze();
    PublishOptions same = PublishOptions.builder().messageId("order-1").build();
    PublishOptions other = PublishOptions.builder().messageId("order-2").build();
    jetStream.publish("orders.1", bytes("coffee"), same);
    jetStream.publish("orders.1", bytes("tea"), other);
    jetStream.publish("orders.1", bytes("coffee"), same);
    assertThat(history).duplicatesNothing().keepsOrderPerKey();
    // Streams know the last two minutes.
    hub.time().advance(Duration.ofMinutes(3));
    jetStream.publish("orders.1", bytes("coffee"), same);
    failing(() -> assertThat(history).duplicatesNothing())
        .hasMessageContaining(
            "Message order-1 was stored 2 times, as ORDERS:1 on orders.1, ORDERS:3 on orders.1")
        .hasMessageContaining("a duplicate");
    failing(() -> assertThat(history).identifiedBy(MessageKey.byPayload()).duplicatesNothing())
        .hasMessageContaining("Message coffee was stored 2 times");
  }

  @Test
  void aRetryThatComesAfterTheNextIsOutOfOrder(
      HubResource hub, JetStream jetStream, History history) throws Exception {
    PublishOptions first = PublishOptions.builder().messageId("order-1").build();
    PublishOptions second = PublishOptions.builder().messageId("order-2").build();
    try (Fault full = hub.faults().diskFull()) {
      Assertions.assertThat(full.isOpen()).isTrue();
      assertThatThrownBy(() -> jetStream.publish("orders.1", bytes("coffee"), first))
          .isInstanceOfAny(JetStreamApiException.class, IOException.class);
    }
    jetStream.publish("orders.1", bytes("tea"), second);
    jetStream.publish("orders.1", bytes("coffee"), first);
    failing(() -> assertThat(history).keepsOrderPerKey())
        .hasMessageContaining("was stored before ORDERS:2 on orders.1");
    assertThat(history).losesNothing().duplicatesNothing();
  }

  @Test
  void aCutLeavesNothingInDoubt(HubResource hub, History history) throws Exception {
    try (Connection client =
        hub.connect(new Options.Builder().connectionName("shop").noReconnect())) {
      JetStream jetStream = client.jetStream();
      jetStream.publish("orders.1", bytes("coffee"));
      try (Fault lost = hub.faults().delivered("_INBOX.>").lose()) {
        Assertions.assertThat(lost.isOpen()).isTrue();
        CompletableFuture<PublishAck> never = jetStream.publishAsync("orders.2", bytes("tea"));
        Assertions.assertThat(never).isNotDone();
        client.flush(SOON);
        hub.faults().cutOnce(ClientSelector.named("shop"));
      }
    }
    // Whether it was stored or not: nobody was told that it was.
    assertThat(history).losesNothing().duplicatesNothing();
    hub.jetStreamManagement().purgeStream("ORDERS");
    assertThat(history).losesNothing();
  }

  @Test
  void namesThatAreUnknownAreErrors(JetStream jetStream, History history) throws Exception {
    failing(() -> assertThat(history).losesNothing()).hasMessageContaining("The history is empty");
    jetStream.publish("orders.1", bytes("coffee"));
    failing(() -> assertThat(history).ofStream("ORDRES").losesNothing())
        .hasMessageContaining("has no stream ORDRES; it has ORDERS");
    failing(() -> assertThat(history).ofStream("ORDERS").ofConsumer("kitten").duplicatesNothing())
        .hasMessageContaining("has no consumer kitten; it has kitchen");
    failing(() -> assertThat(history).isLinearizable())
        .hasMessageContaining("no operation on a key-value bucket");
  }

  @Test
  @RecordHistory(limit = 10)
  void moreThanItKeepsIsAnError(HubResource hub, JetStream jetStream, History history)
      throws Exception {
    History other = hub.recordHistory();
    for (int i = 0; i < 10; i++) {
      jetStream.publish("orders.1", bytes("coffee"));
    }
    failing(() -> assertThat(history).losesNothing())
        .hasMessageContaining("incomplete")
        .hasMessageContaining("more than 10 events")
        .hasMessageContaining("limit");
    Assertions.assertThat(history).hasToString("history of 10 events, incomplete");
    assertThat(other).losesNothing();
    other.stop();
    jetStream.publish("orders.1", bytes("coffee"));
    Assertions.assertThat(other.toString()).endsWith("events, ended");
    assertThat(other).losesNothing();
  }

  @Test
  void aHistoryBeginsAnewWhenTheHubIsPutBack(HubResource hub, JetStream jetStream, History history)
      throws Exception {
    HubSnapshot before = hub.snapshot();
    jetStream.publish("orders.1", bytes("coffee"));
    hub.rewind(before);
    failing(() -> assertThat(history).losesNothing()).hasMessageContaining("The history is empty");
    jetStream.publish("orders.2", bytes("tea"));
    assertThat(history).losesNothing().duplicatesNothing();
  }
}
