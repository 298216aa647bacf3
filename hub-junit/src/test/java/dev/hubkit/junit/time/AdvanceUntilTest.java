package dev.hubkit.junit.time;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Conditions that a test reaches by the hub's time. Each test has a hub of its own. */
class AdvanceUntilTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  private static StreamConfiguration.Builder orders() {
    return StreamConfiguration.builder().name("ORDERS").subjects("orders.>");
  }

  @Test
  @WithHub(fossil = false)
  void anOrderIsGivenUp(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(orders().build());
    streams.addOrUpdateConsumer(
        "ORDERS",
        ConsumerConfiguration.builder()
            .durable("worker")
            .deliverSubject("deliveries")
            .maxDeliver(3)
            .backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofHours(1))
            .build());
    Connection broken = hub.connect();
    Dispatcher worker = broken.createDispatcher(message -> {});
    worker.subscribe("deliveries");
    AtomicInteger givenUp = new AtomicInteger();
    worker.subscribe(
        "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", message -> givenUp.incrementAndGet());
    broken.flush(SOON);
    jetStream.publish("orders.1", ORDER);
    // @start region="anOrderIsGivenUp"
    hub.time().advanceUntil(() -> givenUp.get() == 1, Duration.ofHours(2));
    // @end
    assertThat(hub.time().isFrozen()).isFalse();
    assertThat(givenUp).hasValue(1);
  }

  @Test
  @WithHub(fossil = false)
  void theClockDoesNotOvertakeAWorkerThatAnswers(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().allowMessageSchedules().build());
    Queue<Long> deliveries = new ConcurrentLinkedQueue<>();
    Connection shop = hub.connect();
    Dispatcher worker = shop.createDispatcher();
    shop.jetStream()
        .subscribe(
            "orders.due",
            worker,
            message -> {
              deliveries.add(message.metaData().deliveredCount());
              takeAWhile();
              message.ack();
            },
            false,
            PushSubscribeOptions.builder()
                .configuration(
                    ConsumerConfiguration.builder().ackWait(Duration.ofSeconds(30)).build())
                .build());
    jetStream.publish(
        "orders.schedule",
        new Headers().put("Nats-Schedule", "@every 20m").put("Nats-Schedule-Target", "orders.due"),
        ORDER);
    Advance advance = hub.time().advanceUntil(() -> deliveries.size() == 3, Duration.ofHours(2));
    assertThat(advance.passed()).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
    assertThat(deliveries).containsExactly(1L, 1L, 1L);
  }

  // Longer than it takes the clock to jump to the end of the ack wait.
  private static void takeAWhile() throws InterruptedException {
    new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS);
  }

  @Test
  @WithHub(fossil = false)
  void aWorkerThatNeverAnswersIsNotWaitedForAgain(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().build());
    AtomicInteger deliveries = new AtomicInteger();
    Connection shop = hub.connect();
    shop.jetStream()
        .subscribe(
            "orders.>",
            shop.createDispatcher(),
            message -> deliveries.incrementAndGet(),
            false,
            PushSubscribeOptions.builder()
                .configuration(
                    ConsumerConfiguration.builder().ackWait(Duration.ofMinutes(1)).build())
                .build());
    jetStream.publish("orders.1", ORDER);
    long begin = System.nanoTime();
    hub.time().advanceUntil(() -> deliveries.get() == 30, Duration.ofHours(2));
    // Of the machine's time, waiting for each answer would take 15 seconds.
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));
  }

  @Test
  @WithHub(fossil = false)
  void heartbeatsDoNotDelayIt(HubResource hub, JetStreamManagement streams) throws Exception {
    streams.addStream(orders().build());
    Connection shop = hub.connect();
    AtomicInteger heartbeats = new AtomicInteger();
    shop.createDispatcher(message -> heartbeats.incrementAndGet()).subscribe("deliveries");
    shop.flush(SOON);
    streams.addOrUpdateConsumer(
        "ORDERS",
        ConsumerConfiguration.builder()
            .durable("worker")
            .deliverSubject("deliveries")
            .idleHeartbeat(Duration.ofSeconds(1))
            .build());
    long begin = System.nanoTime();
    Advance advance = hub.time().tryAdvanceUntil(() -> false, Duration.ofMinutes(25));
    assertThat(advance.timers()).containsKey("push delivery");
    // Of the machine's time, a wait after each of the 1500 heartbeats would take 15 seconds.
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));
    await().atMost(SOON).until(() -> heartbeats.get() > 1450);
  }

  @Test
  @WithHub(fossil = false)
  void aServiceAnswersAtTheTimeOfTheRequest(HubResource hub, JetStreamManagement streams)
      throws Exception {
    streams.addStream(orders().build());
    Connection shop = hub.connect();
    Queue<Instant> answered = new ConcurrentLinkedQueue<>();
    Dispatcher service =
        shop.createDispatcher(
            message -> {
              takeAWhile();
              answered.add(hub.time().now());
              shop.publish(message.getReplyTo(), ORDER);
            });
    service.subscribe("stock");
    shop.flush(SOON);
    Instant start = hub.time().now();
    hub.time().freeze();
    hub.connection().publish("stock", "answers", ORDER);
    hub.connection().flush(SOON);
    Advance advance =
        hub.time().tryAdvanceUntil(() -> answered.size() == 1, Duration.ofMinutes(10));
    assertThat(advance.reached()).isTrue();
    assertThat(answered.peek()).isBefore(start.plusSeconds(5));
    assertThat(hub.time().isFrozen()).isTrue();
  }

  @Test
  @WithHub(fossil = false)
  void saysWhatPassedInVain(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(orders().maxAge(Duration.ofMinutes(30)).build());
    jetStream.publish("orders.1", ORDER);
    hub.time().freeze();
    Instant start = hub.time().now();
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () -> hub.time().advanceUntil("the order to go", () -> false, Duration.ofMinutes(20)))
        .withMessageStartingWith(
            "Expected the order to go within 20 min of the hub's time, but it did not.\n20 min of"
                + " the hub's time passed, in which these timers ran: ")
        .withMessageMatching("(?s).*heartbeat \\(\\d+ times\\).*; the next timer: .* in .*");
    assertThat(hub.time().now()).isEqualTo(start.plus(Duration.ofMinutes(20)));
    Advance advance =
        hub.time()
            .advanceUntilAsserted(
                () -> assertThat(hub).stream("ORDERS").hasMessages(0), Duration.ofHours(2));
    assertThat(advance.timers()).containsKey("message expiry");
    // A part of a second, in which a stream looks for old messages.
    assertThat(advance.passed()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                hub.time()
                    .advanceUntilAsserted(
                        () -> assertThat(hub).stream("ORDERS").hasMessages(1),
                        Duration.ofSeconds(1)))
        .withMessageContaining("within 1 s of the hub's time")
        .withMessageContaining("Expected stream ORDERS to have the number of messages <1>")
        .withCauseInstanceOf(AssertionError.class);
  }

  @Test
  @WithHub(fossil = false)
  void alsoByPollsOfAwaitility(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(orders().maxAge(Duration.ofMinutes(10)).build());
    jetStream.publish("orders.1", ORDER);
    Instant start = hub.time().now();
    // @start region="asserted"
    hub.time()
        .advanceUntilAsserted(
            () -> assertThat(hub).stream("ORDERS").hasMessages(0), Duration.ofHours(2));
    // @end
    assertThat(Duration.between(start, hub.time().now()))
        .isBetween(Duration.ofMinutes(9), Duration.ofMinutes(11));
    jetStream.publish("orders.2", ORDER);
    // @start region="awaitility"
    await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(
            () -> {
              hub.time().advance(Duration.ofMinutes(1));
              assertThat(hub).stream("ORDERS").hasMessages(0);
            });
    // @end
    assertThat(Duration.between(start, hub.time().now()))
        .isBetween(Duration.ofMinutes(19), Duration.ofMinutes(23));
  }

  @Test
  @WithHub(fossil = false)
  void refusesWhatCannotBe(HubResource hub) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hub.time().advanceUntil(() -> true, Duration.ofSeconds(-1)));
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                hub.time()
                    .advanceUntil(
                        () -> {
                          throw new IOException("no disk");
                        },
                        SOON))
        .withMessageContaining("no disk");
    assertThat(hub.time().isFrozen()).isFalse();
  }

  @Test
  @WithHub(fossil = false)
  void itsClockIsAClockOfJava(HubResource hub) {
    hub.time().freeze();
    // @start region="itsClockIsAClockOfJava"
    Clock clock = hub.time().clock();
    Instant before = clock.instant();
    hub.time().advance(Duration.ofDays(1));
    assertThat(clock.instant()).isEqualTo(before.plus(Duration.ofDays(1)));
    // @end
    InstantSource source = clock;
    assertThat(source.instant()).isEqualTo(hub.time().now());
    assertThat(source.millis()).isEqualTo(hub.time().now().toEpochMilli());
    assertThat(clock.getZone()).isEqualTo(ZoneOffset.UTC);
    Clock inTokyo = clock.withZone(ZoneId.of("Asia/Tokyo"));
    assertThat(inTokyo.instant()).isEqualTo(clock.instant());
    assertThat(inTokyo.getZone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
    assertThat(inTokyo).isNotEqualTo(clock);
    assertThat(inTokyo.withZone(ZoneOffset.UTC)).isEqualTo(clock);
  }
}
