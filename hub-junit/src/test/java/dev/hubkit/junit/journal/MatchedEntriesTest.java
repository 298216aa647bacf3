package dev.hubkit.junit.journal;

import static dev.hubkit.junit.message.JsonContent.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.message.MessageMatchers;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Options;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Entries that are chosen by what is in their messages, and those that never come. */
class MatchedEntriesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration SHORTLY = Duration.ofMillis(20);

  private static void publish(Connection client, String subject, String kind, String payload)
      throws Exception {
    client.publish(subject, new Headers().put("Kind", kind), payload.getBytes(UTF_8));
    client.flush(SOON);
  }

  @Test
  @WithHub(fossil = false)
  void matchesHeadersAndJson(HubResource hub, Connection nats) throws Exception {
    publish(nats, "orders.1", "a", "{\"id\": 41}");
    publish(nats, "orders.2", "b", "{\"id\": 42}");
    Journal journal = hub.journal();
    assertThat(journal.matching(json("$.id", 42)).list())
        .extracting(JournalEntry::subject)
        .containsExactly("orders.2");
    assertThat(journal.published("orders.>").withHeader("Kind", "a").matching(json("$.id", 41)))
        .hasSize(1);
    assertThat(journal.published("orders.>").withHeader("kind")).isEmpty();
    // @start region="matchesHeadersAndJson"
    hub.journal()
        .await()
        .published("orders.>")
        .withHeader("Kind", "b")
        .matching(json("$.id", 42))
        .atMost(SOON);
    // @end
    assertThat(journal.connected().matching(MessageMatchers.body(""))).isEmpty();
  }

  @Test
  @WithHub(fossil = false)
  void listsWhatDiffered(HubResource hub, Connection nats) throws Exception {
    publish(nats, "orders.1", "b", "{\"id\": 41}");
    publish(nats, "orders.2", "a", "{\"id\": 43}");
    publish(nats, "order.3", "a", "{\"id\": 42}");
    publish(nats, "orders.4", "b", "tea");
    Journal.Mark mark = hub.journal().begin();
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                hub.journal()
                    .await()
                    .published("orders.>")
                    .withHeader("Kind", "a")
                    .matching(json("$.id", 42))
                    .atMost(SHORTLY))
        .withMessageStartingWith(
            "Expected published on orders.> with header Kind: a with JSON $.id = 42 within 20 ms,"
                + " but found none.\nThe nearest: ")
        .withMessageContaining(
            " PUB orders.2 Kind=[a], 10 bytes: {\"id\": 43}\n  $.id was 43, not 42\nalso near: ")
        .withMessageContaining(
            " PUB order.3 Kind=[a], 10 bytes: {\"id\": 42}\n"
                + "  the subject was order.3, not orders.>\nalso near: ")
        .withMessageContaining("\n  header \"Kind\" was \"b\", not \"a\"\n  no JSON: ");
    assertThat(hub.journal().unmetSince(mark).get(0))
        .startsWith("published on orders.> with header Kind: a")
        .contains("\n  $.id was 43, not 42\n");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> hub.journal().published("orders.2").matching(json("$.id", 9)).last())
        .withMessageStartingWith(
            "The journal has no entry for this: published on orders.2 with JSON $.id = 9\nThe"
                + " nearest: ")
        .withMessageContaining(
            "PUB orders.2 Kind=[a], 10 bytes: {\"id\": 43}\n  $.id was 43, not 9");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> hub.journal().await().published("orders.1").by("shop").atMost(SHORTLY))
        .withMessageContaining("  the client was \"MatchedEntriesTest.")
        .withMessageContaining("\", not \"shop\"");
  }

  @Test
  @WithHub(fossil = false)
  void aLongPayloadIsNotCalledNoJson(HubResource hub, Connection nats) throws Exception {
    String text = "x".repeat(Journal.KEPT_PAYLOAD);
    publish(nats, "orders.1", "a", "{\"id\": 42, \"text\": \"" + text + "\"}");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                hub.journal()
                    .await()
                    .published("orders.>")
                    .matching(json("$.id", 42))
                    .atMost(SHORTLY))
        .withMessageContaining(
            "  $.id is unknown: the payload is unknown beyond its first 4096 of 4118 bytes");
  }

  @Test
  @WithHub(fossil = false)
  void saysThatAMessageWasNotDelivered(HubResource hub, Connection nats) throws Exception {
    publish(nats, "orders.1", "a", "{\"id\": 42}");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                hub.journal()
                    .await()
                    .delivered("orders.>")
                    .matching(json("$.id", 42))
                    .atMost(SHORTLY))
        .withMessageContaining("PUB orders.1")
        .withMessageContaining("\n  it was published, but not delivered");
  }

  // ---- Never

  @Test
  @WithHub(fossil = false)
  void failsAsSoonAsItComes(HubResource hub, Connection nats) throws Exception {
    // @start region="failsAsSoonAsItComes"
    hub.journal().never().published("refunds.>").within(Duration.ofMillis(50));
    // @end
    Journal.Mark mark = hub.journal().mark();
    CompletableFuture<Void> never =
        CompletableFuture.runAsync(
            () ->
                hub.journal()
                    .neverSince(mark)
                    .published("refunds.>")
                    .matching(json("$.id", 42))
                    .within(Duration.ofMinutes(5)));
    publish(nats, "refunds.1", "a", "{\"id\": 41}");
    publish(nats, "refunds.2", "a", "{\"id\": 42}");
    assertThatExceptionOfType(Exception.class)
        .isThrownBy(() -> never.get(20, TimeUnit.SECONDS))
        .havingCause()
        .isInstanceOf(AssertionError.class)
        .withMessageStartingWith(
            "Expected never published on refunds.> with JSON $.id = 42 within 5 min, but there"
                + " was ")
        .withMessageContaining("PUB refunds.2");
    assertThat(hub.journal().unmetSince(mark).get(0)).contains("never published on refunds.>");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> hub.journal().never().published("refunds.1").within(Duration.ZERO));
    hub.journal().neverSince(hub.journal().mark()).published("refunds.>").within(Duration.ZERO);
    hub.journal().stop();
    assertThatIllegalStateException()
        .isThrownBy(() -> hub.journal().never().published("a").within(SHORTLY))
        .withMessageContaining("The journal is stopped");
  }

  @Test
  @WithHub(fossil = false)
  void anInterruptIsNoSuccess(HubResource hub) {
    Thread.currentThread().interrupt();
    assertThatIllegalStateException()
        .isThrownBy(() -> hub.journal().never().published("refunds.>").within(SOON));
    assertThat(Thread.interrupted()).isTrue();
    Thread.currentThread().interrupt();
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                hub.journal()
                    .never()
                    .published("refunds.>")
                    .awaitIn(hub.time())
                    .within(Duration.ofDays(1)));
    assertThat(Thread.interrupted()).isTrue();
  }

  // ---- In the hub's time

  @Test
  @WithHub(fossil = false)
  void waitsInTheTimeOfTheHub(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
    Connection worker = hub.connect(new Options.Builder().connectionName("worker"));
    worker.createDispatcher(message -> {}).subscribe("deliveries");
    worker.flush(SOON);
    streams.addOrUpdateConsumer(
        "ORDERS",
        ConsumerConfiguration.builder()
            .durable("worker")
            .deliverSubject("deliveries")
            .ackWait(Duration.ofMinutes(30))
            .build());
    Instant start = hub.time().now();
    jetStream.publish("orders.1", "{\"id\": 42}".getBytes(UTF_8));
    // @start region="waitsInTheTimeOfTheHub"
    Entries deliveries =
        hub.journal()
            .await()
            .delivered("orders.1")
            .matching(json("$.id", 42))
            .times(3)
            .awaitIn(hub.time())
            .atMost(Duration.ofHours(2));
    // @end
    assertThat(Duration.between(start, deliveries.last().time()))
        .isBetween(Duration.ofMinutes(60), Duration.ofMinutes(61));
    // @start region="neverInTheTimeOfTheHub"
    hub.journal().never().published("refunds.>").awaitIn(hub.time()).within(Duration.ofMinutes(10));
    // @end
    assertThat(Duration.between(start, hub.time().now())).isGreaterThan(Duration.ofMinutes(70));
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                hub.journal()
                    .never()
                    .delivered("orders.1")
                    .where(
                        "for the fourth time",
                        entry -> entry.time().isAfter(start.plusSeconds(5000)))
                    .awaitIn(hub.time())
                    .within(Duration.ofHours(20)))
        .withMessageContaining("within 20 h of the hub's time, but there was ")
        .withMessageContaining("MSG orders.1")
        .withMessageContaining("of the hub's time passed, in which these timers ran: ")
        .withMessageContaining("ack deadlines");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                hub.journal()
                    .await()
                    .published("refunds.>")
                    .awaitIn(hub.time())
                    .atMost(Duration.ofMinutes(1)))
        .withMessageStartingWith(
            "Expected published on refunds.> within 1 min of the hub's time, but found none.\n1 min"
                + " of the hub's time passed, in which ");
  }
}
