package dev.hubkit.junit.time;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.content.ArtifactName;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.Connection.Status;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What follows the hub's time when a test advances it. Each test has a hub of its own. */
class HubTimeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final byte[] ORDER = "two coffees".getBytes(UTF_8);

  private static StreamConfiguration.Builder orders() {
    return StreamConfiguration.builder().name("ORDERS").subjects("orders.>");
  }

  private static long messages(JetStreamManagement streams) throws Exception {
    return streams.getStreamInfo("ORDERS").getStreamState().getMsgCount();
  }

  @Test
  @WithHub(fossil = false)
  void messagesGrowOld(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    // @start region="messagesGrowOld"
    streams.addStream(orders().maxAge(Duration.ofHours(3)).build());
    hub.time().freeze();
    jetStream.publish("orders.1", ORDER);
    hub.time().advance(Duration.ofHours(2));
    jetStream.publish("orders.2", ORDER);
    hub.time().advance(Duration.ofMinutes(59));
    assertThat(messages(streams)).isEqualTo(2);
    hub.time().advance(Duration.ofMinutes(1));
    assertThat(messages(streams)).isEqualTo(1);
    // @end
    hub.time().advance(Duration.ofHours(2));
    assertThat(messages(streams)).isZero();
  }

  @Test
  @WithHub(fossil = false)
  void whatIsNotAcknowledgedComesAgain(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().build());
    hub.time().freeze();
    JetStreamSubscription subscription =
        jetStream.subscribe(
            "orders.>",
            PushSubscribeOptions.builder()
                .configuration(
                    ConsumerConfiguration.builder().ackWait(Duration.ofMinutes(10)).build())
                .build());
    jetStream.publish("orders.1", ORDER);
    Message first = subscription.nextMessage(SOON);
    assertThat(first.metaData().deliveredCount()).isEqualTo(1);
    hub.time().advance(Duration.ofMinutes(9));
    assertThat(subscription.getPendingMessageCount()).isZero();
    // As in nats-server, an ack wait ends up to a millisecond late.
    hub.time().advance(Duration.ofMinutes(1).plusMillis(1));
    Message second = subscription.nextMessage(SOON);
    assertThat(second.metaData().deliveredCount()).isEqualTo(2);
    second.ackSync(SOON);
    hub.time().advance(Duration.ofHours(24));
    assertThat(streams.getConsumerInfo("ORDERS", subscription.getConsumerName()).getNumAckPending())
        .isZero();
  }

  @Test
  @WithHub(fossil = false)
  void redeliveriesComeWithTheirBackoffInOrder(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().build());
    streams.addOrUpdateConsumer(
        "ORDERS",
        ConsumerConfiguration.builder()
            .durable("worker")
            .deliverSubject("deliveries")
            .maxDeliver(4)
            .backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), Duration.ofHours(1))
            .build());
    hub.time().freeze();
    Instant start = hub.time().now();
    Subscription deliveries = hub.connection().subscribe("deliveries");
    Subscription advisories =
        hub.connection().subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>");
    hub.connection().flush(SOON);
    jetStream.publish("orders.1", ORDER);
    hub.time().advance(Duration.ofHours(3));
    for (int i = 1; i <= 4; i++) {
      // $JS.ACK.<stream>.<consumer>.<delivered>... (ADR-15)
      assertThat(nextOf(deliveries).getReplyTo().split("\\.", -1)[4]).isEqualTo(String.valueOf(i));
    }
    assertThat(deliveries.getPendingMessageCount()).isZero();
    // After 1 s, 1 min, 1 h, and then after the last backoff again.
    Instant givenUp = start.plusSeconds(1 + 60 + 3600 + 3600);
    Matcher timestamp =
        Pattern.compile("\"timestamp\":\\s*\"([^\"]+)\"")
            .matcher(new String(nextOf(advisories).getData(), UTF_8));
    assertThat(timestamp.find()).isTrue();
    assertThat(Instant.parse(timestamp.group(1))).isBetween(givenUp, givenUp.plusMillis(5));
  }

  private static Message nextOf(Subscription subscription) throws InterruptedException {
    Message next = subscription.nextMessage(SOON);
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  @WithHub(fossil = false)
  void duplicatesAreForgotten(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(orders().duplicateWindow(Duration.ofMinutes(2)).build());
    hub.time().freeze();
    PublishOptions once = PublishOptions.builder().messageId("order-1").build();
    assertThat(jetStream.publish("orders.1", ORDER, once).isDuplicate()).isFalse();
    hub.time().advance(Duration.ofSeconds(119));
    assertThat(jetStream.publish("orders.1", ORDER, once).isDuplicate()).isTrue();
    hub.time().advance(Duration.ofSeconds(1));
    assertThat(jetStream.publish("orders.1", ORDER, once).isDuplicate()).isFalse();
  }

  @Test
  @WithHub(fossil = false)
  void ttlsEndAndSchedulesFire(HubResource hub, JetStreamManagement streams, JetStream jetStream)
      throws Exception {
    streams.addStream(orders().allowMessageTtl().allowMessageSchedules().build());
    hub.time().freeze();
    jetStream.publish("orders.1", new Headers().put("Nats-TTL", "1h"), ORDER);
    jetStream.publish(
        "orders.schedule",
        new Headers().put("Nats-Schedule", "@every 20m").put("Nats-Schedule-Target", "orders.due"),
        ORDER);
    assertThat(messages(streams)).isEqualTo(2);
    hub.time().advance(Duration.ofMinutes(59));
    // The message with a TTL, the schedule, and its messages after 20 and 40 minutes.
    assertThat(messages(streams)).isEqualTo(4);
    hub.time().advance(Duration.ofMinutes(2));
    assertThat(messages(streams)).isEqualTo(4);
    assertThat(streams.getLastMessage("ORDERS", "orders.due").getSeq()).isEqualTo(5);
  }

  @Test
  @WithHub(fossil = false)
  void inactiveConsumersGoAndConnectionsStay(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().build());
    CountDownLatch disconnected = new CountDownLatch(1);
    try (Connection other =
        Nats.connect(
            Options.builder()
                .server(hub.natsUrl())
                .connectionListener(
                    (connection, event) -> {
                      if (event.isConnectionEvent() && !event.name().equals("CONNECTED")) {
                        disconnected.countDown();
                      }
                    })
                .build())) {
      jetStream.subscribe(
          "orders.>",
          PullSubscribeOptions.builder()
              .configuration(
                  ConsumerConfiguration.builder().inactiveThreshold(Duration.ofMinutes(30)).build())
              .build());
      assertThat(streams.getConsumerNames("ORDERS")).hasSize(1);
      // The server pings clients about ninety times on the way, and they respond.
      hub.time().advance(Duration.ofHours(3));
      assertThat(streams.getConsumerNames("ORDERS")).isEmpty();
      other.flush(SOON);
      assertThat(other.getStatus()).isEqualTo(Status.CONNECTED);
      assertThat(disconnected.getCount()).isEqualTo(1);
    }
  }

  @Test
  @WithHub(fossil = false)
  void heartbeatsComeAtTheirTime(HubResource hub, JetStreamManagement streams) throws Exception {
    streams.addStream(orders().build());
    hub.time().freeze();
    Subscription deliveries = hub.connection().subscribe("deliveries");
    hub.connection().flush(SOON);
    streams.addOrUpdateConsumer(
        "ORDERS",
        ConsumerConfiguration.builder()
            .durable("worker")
            .deliverSubject("deliveries")
            .idleHeartbeat(Duration.ofSeconds(10))
            .build());
    hub.time().advance(Duration.ofSeconds(35));
    hub.connection().flush(SOON);
    for (int i = 0; i < 3; i++) {
      assertThat(nextOf(deliveries).getStatus().getMessage()).isEqualTo("Idle Heartbeat");
    }
    assertThat(deliveries.getPendingMessageCount()).isZero();
  }

  @Test
  @WithHub(fossil = false)
  void aFrozenHubLetsNothingFallDue(
      HubResource hub, JetStreamManagement streams, JetStream jetStream) throws Exception {
    streams.addStream(orders().maxAge(Duration.ofMillis(100)).build());
    hub.time().freeze();
    Instant frozen = hub.time().now();
    jetStream.publish("orders.1", ORDER);
    // The machine's clock runs on.
    new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS);
    assertThat(messages(streams)).isEqualTo(1);
    assertThat(hub.time().now()).isEqualTo(frozen);
    hub.time().resume();
    await().atMost(SOON).until(() -> messages(streams) == 0);
  }

  @Test
  @WithHub(nats = false)
  void checkInsAreDatedByIt(HubResource hub) throws Exception {
    hub.time().freeze();
    hub.time().advance(Duration.ofDays(400));
    Instant then = hub.time().now();
    FossilRepository repository = hub.repository();
    ArtifactName made =
        repository.commit(new Commit("hub", "from the future").put("a.txt", FileContent.of(ORDER)));
    Instant date = repository.read(snapshot -> snapshot.checkIn(made).date());
    assertThat(date).isEqualTo(then.truncatedTo(ChronoUnit.MILLIS));
  }
}
