package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.Replica;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a test can have happen to servers of a cluster: lost disks, clocks that differ. */
class ClusterPowersTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration MOMENT = Duration.ofMillis(20);

  @TempDir private Path directory;
  private VirtualTimeSource time;
  private NatsCluster cluster;

  @BeforeEach
  void start() {
    time = new VirtualTimeSource("cluster-powers");
    cluster =
        NatsCluster.start(
            3, NatsOptions.builder().port(0).jetStream(directory).timeSource(time).build());
    time.freeze();
  }

  @AfterEach
  void stop() {
    cluster.close();
    time.close();
  }

  private Connection connect(String server) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(cluster.clientUrl(server))
            .connectionTimeout(PATIENCE)
            .ignoreDiscoveredServers()
            .reconnectWait(Duration.ofMillis(10))
            .maxReconnects(-1)
            .build());
  }

  private static StreamConfiguration.Builder stream(String name, int replicas) {
    return StreamConfiguration.builder()
        .name(name)
        .subjects(name + ".>")
        .storageType(StorageType.File)
        .replicas(replicas);
  }

  private void awaitTrue(Callable<Boolean> condition) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .ignoreExceptions()
        .until(
            () -> {
              time.advance(MOMENT);
              return condition.call();
            });
  }

  // Nobody answers while no server leads, and none is elected while time stands still.
  private static JetStreamManagement askingAgain(Connection nats) throws IOException {
    return nats.jetStreamManagement(
        JetStreamOptions.builder().requestTimeout(Duration.ofMillis(500)).build());
  }

  private void awaitInSync(Connection nats, String stream, int others) throws IOException {
    JetStreamManagement management = askingAgain(nats);
    awaitTrue(
        () -> {
          StreamInfo info = management.getStreamInfo(stream);
          List<Replica> replicas = info.getClusterInfo().getReplicas();
          return info.getClusterInfo().getLeader() != null
              && (replicas == null ? 0 : replicas.stream().filter(Replica::isCurrent).count())
                  == others;
        });
  }

  private void awaitLeader(Connection nats, String stream, String leader) throws Exception {
    JetStreamManagement management = askingAgain(nats);
    awaitTrue(
        () -> {
          String now = management.getStreamInfo(stream).getClusterInfo().getLeader();
          if (!leader.equals(now)) {
            nats.request(
                "$JS.API.STREAM.LEADER.STEPDOWN." + stream,
                ("{\"placement\":{\"preferred\":\"" + leader + "\"}}").getBytes(UTF_8),
                Duration.ofMillis(200));
          }
          return leader.equals(now);
        });
  }

  private static long messages(JetStreamManagement management, String stream) throws Exception {
    return management.getStreamInfo(stream).getStreamState().getMsgCount();
  }

  private static boolean isStored(Connection nats, String subject) throws Exception {
    Message ack = nats.request(subject, "payload".getBytes(UTF_8), Duration.ofMillis(100));
    return ack != null && !ack.isStatusMessage();
  }

  @Test
  void aServerThatLosesItsDiskGetsEverythingFromTheOthers() throws Exception {
    String lost;
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      lost = management.addStream(stream("DISK", 3).build()).getClusterInfo().getLeader();
      management.addOrUpdateConsumer("DISK", ConsumerConfiguration.builder().durable("c").build());
      for (int i = 0; i < 5; i++) {
        nats.jetStream().publish("DISK." + i, "payload".getBytes(UTF_8));
      }
      PullSubscribeOptions pull = PullSubscribeOptions.bind("DISK", "c");
      nats.jetStream().subscribe(null, pull).fetch(2, PATIENCE).get(1).ackSync(PATIENCE);
    }
    cluster.loseDisk(lost);
    assertThat(cluster.isRunning(lost)).isFalse();
    assertThat(directory.resolve(lost)).doesNotExist();
    cluster.restart(lost);
    try (Connection nats = connect(lost)) {
      JetStreamManagement management = nats.jetStreamManagement();
      awaitInSync(nats, "DISK", 2);
      awaitLeader(nats, "DISK", lost);
      assertThat(messages(nats.jetStreamManagement(), "DISK")).isEqualTo(5);
      assertThat(management.getConsumerInfo("DISK", "c").getDelivered().getConsumerSequence())
          .isEqualTo(2);
      assertThat(management.getMessage("DISK", 3).getSubject()).isEqualTo("DISK.2");
      assertThat(directory.resolve(lost)).exists();
    }
  }

  @Test
  void whatOnlyTheLostDiskHadIsGone() throws Exception {
    String lost;
    try (Connection nats = connect("n2")) {
      JetStreamManagement management = nats.jetStreamManagement();
      lost = management.addStream(stream("SOLE", 1).build()).getClusterInfo().getLeader();
      management.addOrUpdateConsumer("SOLE", ConsumerConfiguration.builder().durable("c").build());
      nats.jetStream().publish("SOLE.1", "payload".getBytes(UTF_8));
    }
    cluster.stop(lost);
    cluster.loseDisk(lost);
    cluster.restart(lost);
    try (Connection nats = connect(lost)) {
      JetStreamManagement management = nats.jetStreamManagement();
      awaitTrue(() -> askingAgain(nats).getStreamNames().contains("SOLE"));
      awaitTrue(() -> isStored(nats, "SOLE.2"));
      // The others know what is to be there, so it is there again, without messages.
      StreamInfo info = management.getStreamInfo("SOLE");
      assertThat(info.getClusterInfo().getLeader()).isEqualTo(lost);
      assertThat(info.getStreamState().getFirstSequence()).isEqualTo(1);
      assertThat(management.getMessage("SOLE", 1).getSubject()).isEqualTo("SOLE.2");
      awaitTrue(() -> askingAgain(nats).getConsumerNames("SOLE").contains("c"));
    }
  }

  @Test
  void withoutItsDiskAServerElectsNobodyWhoLacksWhatItHadAcknowledged() throws Exception {
    String lost;
    String behind;
    String last;
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      management.addStream(stream("SAFE", 3).build());
      awaitInSync(nats, "SAFE", 2);
      awaitLeader(nats, "SAFE", "n1");
      awaitInSync(nats, "SAFE", 2);
      behind = "n2";
      lost = "n1";
      last = "n3";
      cluster.kill(behind);
      awaitTrue(() -> isStored(nats, "SAFE.1"));
    }
    long stored;
    try (Connection nats = connect(last)) {
      stored = messages(nats.jetStreamManagement(), "SAFE");
    }
    cluster.kill(last);
    cluster.loseDisk(lost);
    cluster.restart(lost);
    cluster.restart(behind);
    try (Connection nats = connect(behind)) {
      for (int i = 0; i < 100; i++) {
        time.advance(MOMENT);
      }
      assertThat(nats.request("SAFE.2", new byte[0], Duration.ofMillis(50))).isNull();
      cluster.restart(last);
      awaitInSync(nats, "SAFE", 2);
      assertThat(messages(nats.jetStreamManagement(), "SAFE")).isGreaterThanOrEqualTo(stored);
      awaitLeader(nats, "SAFE", lost);
      assertThat(nats.jetStreamManagement().getMessage("SAFE", 1).getSubject()).isEqualTo("SAFE.1");
    }
  }

  @Test
  void aClusterThatLosesAllDisksBeginsAnew() throws Exception {
    try (Connection nats = connect("n1")) {
      nats.jetStreamManagement().addStream(stream("GONE", 3).build());
      nats.jetStream().publish("GONE.1", "payload".getBytes(UTF_8));
    }
    cluster.names().forEach(cluster::loseDisk);
    cluster.restartAll();
    awaitTrue(() -> cluster.metaLeader().isPresent());
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      assertThat(management.getStreamNames()).isEmpty();
      management.addStream(stream("GONE", 3).build());
      assertThat(nats.jetStream().publish("GONE.1", "payload".getBytes(UTF_8)).getSeqno())
          .isEqualTo(1);
    }
  }

  @Test
  void messagesHaveTheTimeOfTheirLeaderWhoseClockDiffers() throws Exception {
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      management.addStream(stream("TIME", 3).build());
      awaitInSync(nats, "TIME", 2);
      awaitLeader(nats, "TIME", "n2");
      cluster.skewClock("n2", Duration.ofMinutes(5));
      cluster.skewClock("n3", Duration.ofHours(-1));
      assertThat(cluster.clockSkew("n2")).isEqualTo(Duration.ofMinutes(5));
      nats.jetStream().publish("TIME.1", "ahead".getBytes(UTF_8));
      Instant ahead = time.now().plus(Duration.ofMinutes(5));
      assertThat(stamp(management, 1)).isEqualTo(ahead);
      awaitLeader(nats, "TIME", "n3");
      nats.jetStream().publish("TIME.2", "behind".getBytes(UTF_8));
      assertThat(stamp(management, 2)).isEqualTo(time.now().minus(Duration.ofHours(1)));
      cluster.skewClock("n3", Duration.ZERO);
      nats.jetStream().publish("TIME.3", "right".getBytes(UTF_8));
      assertThat(stamp(management, 3)).isEqualTo(time.now());
      assertThat(stamp(management, 1)).isEqualTo(ahead);
      assertThatThrownBy(() -> cluster.skewClock("n9", Duration.ZERO)).hasMessageContaining("n9");
    }
  }

  private static Instant stamp(JetStreamManagement management, long sequence) throws Exception {
    return management.getMessage("TIME", sequence).getTime().toInstant();
  }

  @Test
  void messagesExpireAndDuplicatesAreForgottenByTheClockOfTheLeader() throws Exception {
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      management.addStream(
          stream("AGE", 3)
              .maxAge(Duration.ofMinutes(10))
              .duplicateWindow(Duration.ofMinutes(2))
              .build());
      awaitInSync(nats, "AGE", 2);
      awaitLeader(nats, "AGE", "n1");
      Headers headers = new Headers().put("Nats-Msg-Id", "one");
      nats.jetStream().publish("AGE.1", headers, "payload".getBytes(UTF_8));
      assertThat(
              nats.jetStream().publish("AGE.1", headers, "payload".getBytes(UTF_8)).isDuplicate())
          .isTrue();
      awaitInSync(nats, "AGE", 2);
      cluster.skewClock("n3", Duration.ofHours(1));
      time.advance(Duration.ofMinutes(1));
      assertThat(messages(nats.jetStreamManagement(), "AGE")).isEqualTo(1);
      // Its timers were not set before it led, so they know its time.
      awaitLeader(nats, "AGE", "n3");
      awaitTrue(() -> messages(askingAgain(nats), "AGE") == 0);
      assertThat(
              nats.jetStream().publish("AGE.1", headers, "payload".getBytes(UTF_8)).isDuplicate())
          .isFalse();
    }
  }

  @Test
  void whatIsScheduledOrPausedGoesOnByTheClockOfTheLeader() throws Exception {
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      management.addStream(stream("PLAN", 3).allowMessageSchedules().build());
      management.addOrUpdateConsumer(
          "PLAN", ConsumerConfiguration.builder().durable("c").numReplicas(1).build());
      awaitInSync(nats, "PLAN", 2);
      String consumers =
          Objects.requireNonNull(
              Objects.requireNonNull(management.getConsumerInfo("PLAN", "c").getClusterInfo())
                  .getLeader());
      cluster.skewClock(consumers, Duration.ofMinutes(30));
      ZonedDateTime until = time.now().plus(Duration.ofMinutes(20)).atZone(ZoneOffset.UTC);
      assertThat(management.pauseConsumer("PLAN", "c", until).isPaused()).isFalse();
      cluster.skewClock(consumers, Duration.ZERO);
      assertThat(management.pauseConsumer("PLAN", "c", until).isPaused()).isTrue();
      awaitLeader(nats, "PLAN", "n2");
      cluster.skewClock("n2", Duration.ofMinutes(30));
      String at = until.toInstant().toString();
      Headers headers =
          new Headers()
              .put("Nats-Schedule", "@at " + at)
              .put("Nats-Schedule-Target", "PLAN.target");
      nats.jetStream().publish("PLAN.schedule", headers, "payload".getBytes(UTF_8));
      awaitTrue(() -> last(askingAgain(nats), "PLAN.target") != null);
      assertThat(time.now()).isBefore(until.toInstant());
    }
  }

  private static @Nullable MessageInfo last(JetStreamManagement management, String subject)
      throws Exception {
    try {
      return management.getLastMessage("PLAN", subject);
    } catch (JetStreamApiException none) {
      return null;
    }
  }
}
