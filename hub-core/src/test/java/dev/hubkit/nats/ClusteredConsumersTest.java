package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.jetstream.cluster.ClusterStreamAccess;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamOptions;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Consumers of three replicas, while the server that leads them dies or another one leads. */
class ClusteredConsumersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration ATTEMPT = Duration.ofSeconds(1);

  @TempDir private Path directory;
  private NatsCluster cluster;

  @BeforeEach
  void start() {
    cluster = NatsCluster.start(3, NatsOptions.builder().port(0).jetStream(directory).build());
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Connection connect(String server) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(cluster.server(server).clientUrl())
            .connectionTimeout(PATIENCE)
            .reconnectWait(Duration.ofMillis(10))
            .maxReconnects(-1)
            .build());
  }

  private static void stream(Connection connection, RetentionPolicy retention) throws Exception {
    connection
        .jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("S")
                .subjects("s.>")
                .storageType(StorageType.File)
                .retentionPolicy(retention)
                .replicas(3)
                .build());
  }

  private static void publish(Connection connection, int from, int to) throws Exception {
    for (int i = from; i <= to; i++) {
      connection.jetStream().publish("s." + i, ("m" + i).getBytes(UTF_8));
    }
  }

  private static ConsumerInfo info(Connection connection, String consumer) throws Exception {
    return connection.jetStreamManagement().getConsumerInfo("S", consumer);
  }

  private static String leader(Connection connection, String consumer) throws Exception {
    return Objects.requireNonNull(info(connection, consumer).getClusterInfo()).getLeader();
  }

  private static String other(String server) {
    return server.equals("n1") ? "n2" : "n1";
  }

  private static void awaitAllCurrent(Connection connection, String consumer) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () ->
                assertThat(
                        Objects.requireNonNull(info(connection, consumer).getClusterInfo())
                            .getReplicas())
                    .hasSize(2)
                    .allMatch(each -> each.isCurrent() && !each.isOffline()));
  }

  private static void stepDown(Connection connection, String consumer, String to) {
    byte[] request = ("{\"placement\":{\"preferred\":\"" + to + "\"}}").getBytes(UTF_8);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              // Nobody answers while no server leads, so it is asked again soon.
              connection.request(
                  "$JS.API.CONSUMER.LEADER.STEPDOWN.S." + consumer, request, ATTEMPT);
              ConsumerInfo now =
                  connection
                      .jetStreamManagement(
                          JetStreamOptions.builder().requestTimeout(ATTEMPT).build())
                      .getConsumerInfo("S", consumer);
              return to.equals(Objects.requireNonNull(now.getClusterInfo()).getLeader());
            });
  }

  @Test
  void whatWasConfirmedStaysAcknowledgedWhenTheLeaderDies() throws Exception {
    String dead;
    Set<Long> confirmed = new TreeSet<>();
    try (Connection setUp = connect("n1")) {
      stream(setUp, RetentionPolicy.WorkQueue);
      setUp
          .jetStreamManagement()
          .addOrUpdateConsumer(
              "S", ConsumerConfiguration.builder().durable("c").ackWait(SHORT).build());
      dead = leader(setUp, "c");
    }
    try (Connection client = connect(other(dead))) {
      publish(client, 1, 20);
      JetStreamSubscription subscription =
          client
              .jetStream()
              .subscribe(null, PullSubscribeOptions.builder().stream("S").durable("c").build());
      List<Message> first = subscription.fetch(10, PATIENCE);
      assertThat(first).hasSize(10);
      for (Message each : first.subList(0, 7)) {
        each.ackSync(PATIENCE);
        confirmed.add(each.metaData().streamSequence());
      }
      cluster.kill(dead);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (confirmed.size() < 20 && System.nanoTime() < end) {
        for (Message each : subscription.fetch(5, SHORT)) {
          assertThat(confirmed).doesNotContain(each.metaData().streamSequence());
          each.ackSync(PATIENCE);
          confirmed.add(each.metaData().streamSequence());
        }
      }
      assertThat(confirmed).hasSize(20);
      assertThat(leader(client, "c")).isNotEqualTo(dead);
      // The server that comes back has the same state.
      cluster.restart(dead);
      awaitAllCurrent(client, "c");
      stepDown(client, "c", dead);
      ConsumerInfo now = info(client, "c");
      assertThat(now.getAckFloor().getStreamSequence()).isEqualTo(20);
      assertThat(now.getNumAckPending()).isZero();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  client.jetStreamManagement().getStreamInfo("S").getStreamState().getMsgCount()
                      == 0);
      publish(client, 21, 21);
      List<Message> next = subscription.fetch(1, PATIENCE);
      assertThat(next).extracting(each -> new String(each.getData(), UTF_8)).containsExactly("m21");
    }
  }

  @Test
  void requestsThatWaitEndWithTheLeader() throws Exception {
    try (Connection client = connect("n1")) {
      stream(client, RetentionPolicy.Limits);
      client
          .jetStreamManagement()
          .addOrUpdateConsumer("S", ConsumerConfiguration.builder().durable("c").build());
      awaitAllCurrent(client, "c");
      String inbox = client.createInbox();
      Subscription answers = client.subscribe(inbox);
      client.publish(
          "$JS.API.CONSUMER.MSG.NEXT.S.c",
          inbox,
          "{\"batch\":5,\"expires\":60000000000}".getBytes(UTF_8));
      publish(client, 1, 2);
      for (String text : List.of("m1", "m2")) {
        assertThat(new String(answers.nextMessage(PATIENCE).getData(), UTF_8)).isEqualTo(text);
      }
      String before = leader(client, "c");
      stepDown(client, "c", other(before));
      Message end = answers.nextMessage(PATIENCE);
      assertThat(end.getStatus().getCode()).isEqualTo(409);
      assertThat(end.getStatus().getMessage()).isEqualTo("Leadership Change");
      assertThat(info(client, "c").getDelivered().getConsumerSequence()).isEqualTo(2);
      assertThat(info(client, "c").getNumAckPending()).isEqualTo(2);
    }
  }

  @Test
  void aStepDownDoesNotOvertakeTheRequestsBeforeIt() throws Exception {
    try (Connection client = connect("n1")) {
      stream(client, RetentionPolicy.Limits);
      client
          .jetStreamManagement()
          .addOrUpdateConsumer("S", ConsumerConfiguration.builder().durable("c").build());
      awaitAllCurrent(client, "c");
      String leader = leader(client, "c");
      SerialExecutor executor =
          ClusterStreamAccess.stream(
                  Objects.requireNonNull(cluster.jetStream()),
                  leader,
                  NatsServer.GLOBAL_ACCOUNT,
                  "S")
              .executor();
      String inbox = client.createInbox();
      Subscription answers = client.subscribe(inbox);
      CountDownLatch busy = new CountDownLatch(1);
      CountDownLatch released = new CountDownLatch(1);
      Thread blocked =
          new Thread(
              () ->
                  executor.execute(
                      batch -> {
                        busy.countDown();
                        awaitQuietly(released);
                      }));
      blocked.start();
      try {
        assertThat(busy.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        client.publish(
            "$JS.API.CONSUMER.MSG.NEXT.S.c",
            inbox,
            "{\"batch\":5,\"expires\":60000000000}".getBytes(UTF_8));
        Message done =
            client.request("$JS.API.CONSUMER.LEADER.STEPDOWN.S.c", new byte[0], PATIENCE);
        assertThat(new String(done.getData(), UTF_8)).contains("\"success\":true");
      } finally {
        released.countDown();
        blocked.join();
      }
      Message end = answers.nextMessage(PATIENCE);
      assertThat(end).isNotNull();
      assertThat(end.getStatus().getMessage()).isEqualTo("Leadership Change");
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void pushConsumersGoOnWhenTheLeaderDies() throws Exception {
    String dead;
    try (Connection setUp = connect("n1")) {
      stream(setUp, RetentionPolicy.Limits);
      setUp
          .jetStreamManagement()
          .addOrUpdateConsumer(
              "S",
              ConsumerConfiguration.builder()
                  .durable("p")
                  .deliverSubject("push")
                  .ackPolicy(AckPolicy.Explicit)
                  .build());
      dead = leader(setUp, "p");
    }
    try (Connection client = connect(other(dead))) {
      JetStream js = client.jetStream();
      JetStreamSubscription durable = js.subscribe(null, PushSubscribeOptions.bind("S", "p"));
      JetStreamSubscription ordered =
          js.subscribe(
              "s.>",
              PushSubscribeOptions.builder()
                  .ordered(true)
                  .messageAlarmTime(1000)
                  .configuration(
                      ConsumerConfiguration.builder().idleHeartbeat(Duration.ofMillis(200)).build())
                  .build());
      publish(client, 1, 10);
      List<String> all = new ArrayList<>();
      for (int i = 1; i <= 10; i++) {
        all.add("m" + i);
      }
      assertThat(take(durable, 10)).isEqualTo(all);
      assertThat(take(ordered, 10)).isEqualTo(all);
      cluster.kill(dead);
      List<String> more = new ArrayList<>();
      for (int i = 11; i <= 20; i++) {
        int number = i;
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(
                () -> {
                  publish(client, number, number);
                  return true;
                });
        more.add("m" + i);
      }
      assertThat(take(durable, 10)).isEqualTo(more);
      assertThat(take(ordered, 10)).isEqualTo(more);
    }
  }

  private static List<String> take(JetStreamSubscription subscription, int count)
      throws InterruptedException {
    List<String> texts = new ArrayList<>();
    while (texts.size() < count) {
      Message next = subscription.nextMessage(PATIENCE);
      if (next == null) {
        return texts;
      }
      String text = new String(next.getData(), UTF_8);
      // A publish that got no answer is repeated.
      if (!texts.contains(text)) {
        texts.add(text);
      }
      if (!next.isStatusMessage()) {
        next.ack();
      }
    }
    return texts;
  }
}
