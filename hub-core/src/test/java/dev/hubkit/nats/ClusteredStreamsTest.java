package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.Mirror;
import io.nats.client.api.Placement;
import io.nats.client.api.Replica;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams and consumers of a cluster, whichever server a client asks. */
class ClusteredStreamsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ROUNDS = 4;

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
            .connectionTimeout(Duration.ofSeconds(5))
            .reconnectWait(Duration.ofMillis(10))
            .maxReconnects(-1)
            .build());
  }

  private static StreamConfiguration stream(String name, StorageType storage) {
    return StreamConfiguration.builder()
        .name(name)
        .subjects(name + ".>")
        .storageType(storage)
        .build();
  }

  @Test
  void eachServerTakesRequestsForEveryStream() throws Exception {
    for (String server : List.of("n1", "n2", "n3")) {
      try (Connection connection = connect(server)) {
        JetStreamManagement management = connection.jetStreamManagement();
        StreamInfo made = management.addStream(stream("S-" + server, StorageType.Memory));
        assertThat(made.getClusterInfo().getName()).isEqualTo("hub");
        assertThat(made.getClusterInfo().getLeader()).isIn("n1", "n2", "n3");
        connection.jetStream().publish("S-" + server + ".a", "one".getBytes(UTF_8));
      }
    }
    try (Connection connection = connect("n2")) {
      JetStreamManagement management = connection.jetStreamManagement();
      assertThat(management.getStreamNames()).containsExactly("S-n1", "S-n2", "S-n3");
      assertThat(management.getStreams())
          .allSatisfy(each -> assertThat(each.getStreamState().getMsgCount()).isEqualTo(1));
      assertThat(management.getStreams())
          .extracting(each -> each.getClusterInfo().getLeader())
          .containsExactlyInAnyOrder("n1", "n2", "n3");
      assertThat(management.getAccountStatistics().getStreams()).isEqualTo(3);
      assertThat(management.getAccountStatistics().getMemory()).isPositive();
      assertThat(management.deleteStream("S-n1")).isTrue();
      assertThat(management.getStreamNames()).containsExactly("S-n2", "S-n3");
      assertThatThrownBy(() -> management.getStreamInfo("S-n1"))
          .isInstanceOfSatisfying(
              JetStreamApiException.class, e -> assertThat(e.getApiErrorCode()).isEqualTo(10059));
      assertThatThrownBy(
              () ->
                  management.addStream(
                      StreamConfiguration.builder().name("T").subjects("S-n2.a").build()))
          .isInstanceOfSatisfying(
              JetStreamApiException.class, e -> assertThat(e.getApiErrorCode()).isEqualTo(10065));
    }
  }

  // What nats.go asks in TestJetStreamStreamInfoAlternates.
  @Test
  void aStreamTellsOfItsMirrors() throws Exception {
    try (Connection connection = connect("n1")) {
      JetStreamManagement management = connection.jetStreamManagement();
      management.addStream(stream("ORDERS", StorageType.Memory));
      assertThat(management.getStreamInfo("ORDERS").getAlternates()).isNullOrEmpty();
      management.addStream(
          StreamConfiguration.builder()
              .name("COPIES")
              .mirror(Mirror.builder().name("ORDERS").build())
              .build());
      assertThat(management.getStreamInfo("ORDERS").getAlternates())
          .extracting(each -> each.getCluster() + " " + each.getName())
          .containsExactlyInAnyOrder("hub ORDERS", "hub COPIES");
      assertThat(management.getStreamInfo("COPIES").getAlternates()).isNullOrEmpty();
      assertThat(management.getStreams())
          .allSatisfy(each -> assertThat(each.getAlternates()).isNullOrEmpty());
    }
  }

  // What workers do that start together. TestJetStream_ClusterMultipleSubscribe of nats.go does so.
  @Test
  void allWhoCreateTheSameAtTheSameTimeAreAnswered() throws Exception {
    try (Connection first = connect("n1");
        Connection second = connect("n2");
        Connection third = connect("n3")) {
      List<Connection> connections = List.of(first, second, third);
      for (int round = 0; round < ROUNDS; round++) {
        String name = "ROUND" + round;
        StreamConfiguration wanted =
            StreamConfiguration.builder()
                .name(name)
                .subjects(name + ".>")
                .storageType(StorageType.Memory)
                .replicas(3)
                .build();
        together(connections, each -> each.jetStreamManagement().addStream(wanted));
        together(
            connections,
            each ->
                each.jetStreamManagement()
                    .addOrUpdateConsumer(
                        name, ConsumerConfiguration.builder().durable("workers").build()));
        first.jetStreamManagement().deleteStream(name);
      }
    }
  }

  private interface Request {
    Object send(Connection connection) throws Exception;
  }

  private static void together(List<Connection> connections, Request request) {
    List<CompletableFuture<Object>> answers = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Connection connection = connections.get(i % connections.size());
      answers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return request.send(connection);
                } catch (Exception e) {
                  throw new CompletionException(e);
                }
              }));
    }
    answers.forEach(answer -> assertThat(answer).succeedsWithin(PATIENCE));
  }

  @Test
  void aConsumerDeliversToClientsOfAllServers() throws Exception {
    try (Connection first = connect("n1");
        Connection second = connect("n2");
        Connection third = connect("n3")) {
      first.jetStreamManagement().addStream(stream("ORDERS", StorageType.File));
      second
          .jetStreamManagement()
          .addOrUpdateConsumer(
              "ORDERS", ConsumerConfiguration.builder().durable("workers").build());
      for (int i = 0; i < 30; i++) {
        first.jetStream().publish("ORDERS." + i, "order".getBytes(UTF_8));
      }
      for (Connection each : List.of(first, second, third)) {
        JetStreamSubscription subscription =
            each.jetStream()
                .subscribe(
                    null,
                    PullSubscribeOptions.builder().stream("ORDERS").durable("workers").build());
        List<Message> messages = subscription.fetch(10, PATIENCE);
        assertThat(messages).hasSize(10);
        for (Message message : messages) {
          message.ackSync(PATIENCE);
        }
      }
      ConsumerInfo info = third.jetStreamManagement().getConsumerInfo("ORDERS", "workers");
      assertThat(info.getAckFloor().getStreamSequence()).isEqualTo(30);
      assertThat(Objects.requireNonNull(info.getClusterInfo()).getName()).isEqualTo("hub");
      assertThat(third.jetStreamManagement().getConsumerNames("ORDERS")).containsExactly("workers");
      assertThat(first.jetStreamManagement().getConsumers("ORDERS")).hasSize(1);
      assertThat(second.jetStreamManagement().deleteConsumer("ORDERS", "workers")).isTrue();
      assertThat(first.jetStreamManagement().getConsumerNames("ORDERS")).isEmpty();
    }
  }

  @Test
  void aStreamIsOfflineWhileItsServerIsStopped() throws Exception {
    String stopped;
    try (Connection connection = connect("n1")) {
      StreamInfo made =
          connection.jetStreamManagement().addStream(stream("ALONE", StorageType.File));
      connection.jetStream().publish("ALONE.a", "kept".getBytes(UTF_8));
      connection
          .jetStreamManagement()
          .addOrUpdateConsumer("ALONE", ConsumerConfiguration.builder().durable("c").build());
      stopped = made.getClusterInfo().getLeader();
    }
    String other = stopped.equals("n1") ? "n2" : "n1";
    cluster.stop(stopped);
    try (Connection connection = connect(other)) {
      JetStreamManagement management = connection.jetStreamManagement();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> management.getStreamInfo("ALONE"))
                      .isInstanceOfSatisfying(
                          JetStreamApiException.class,
                          e -> assertThat(e.getApiErrorCode()).isEqualTo(10118)));
      assertThatThrownBy(() -> management.getConsumerInfo("ALONE", "c"))
          .isInstanceOfSatisfying(
              JetStreamApiException.class, e -> assertThat(e.getApiErrorCode()).isEqualTo(10119));
      cluster.restart(stopped);
      assertThat(management.getStreamInfo("ALONE").getStreamState().getMsgCount()).isEqualTo(1);
      assertThat(management.getConsumerInfo("ALONE", "c").getName()).isEqualTo("c");
      connection.jetStream().publish("ALONE.b", "more".getBytes(UTF_8));
      assertThat(management.getStreamInfo("ALONE").getStreamState().getMsgCount()).isEqualTo(2);
    }
  }

  @Test
  void aPlacementThatNoServerFitsIsRefused() throws Exception {
    try (Connection connection = connect("n3")) {
      assertThatThrownBy(
              () ->
                  connection
                      .jetStreamManagement()
                      .addStream(
                          StreamConfiguration.builder()
                              .name("T")
                              .placement(Placement.builder().tags("az:9").build())
                              .build()))
          .isInstanceOfSatisfying(
              JetStreamApiException.class,
              e -> {
                assertThat(e.getApiErrorCode()).isEqualTo(10005);
                assertThat(e.getErrorDescription())
                    .isEqualTo("no suitable peers for placement, tags not matched ['az:9']");
              });
    }
  }

  @Test
  void aStreamGoesOnWhenItsLeaderDies() throws Exception {
    try (Connection connection = connect("n1")) {
      StreamInfo made =
          connection
              .jetStreamManagement()
              .addStream(
                  StreamConfiguration.builder(stream("THREE", StorageType.File))
                      .replicas(3)
                      .build());
      String leader = made.getClusterInfo().getLeader();
      assertThat(made.getClusterInfo().getReplicas()).hasSize(2);
      connection
          .jetStreamManagement()
          .addOrUpdateConsumer("THREE", ConsumerConfiguration.builder().durable("c").build());
      for (int i = 0; i < 10; i++) {
        connection.jetStream().publish("THREE." + i, "before".getBytes(UTF_8));
      }
      String other = leader.equals("n2") ? "n3" : "n2";
      try (Connection client = connect(other)) {
        cluster.kill(leader);
        JetStreamManagement management = client.jetStreamManagement();
        awaitLeaderOtherThan(
            leader, () -> management.getStreamInfo("THREE").getClusterInfo().getLeader());
        awaitLeaderOtherThan(
            leader,
            () ->
                Objects.requireNonNull(management.getConsumerInfo("THREE", "c").getClusterInfo())
                    .getLeader());
        client.jetStream().publish("THREE.after", "after".getBytes(UTF_8));
        JetStreamSubscription subscription =
            client
                .jetStream()
                .subscribe(
                    null, PullSubscribeOptions.builder().stream("THREE").durable("c").build());
        List<Message> messages = subscription.fetch(11, PATIENCE);
        assertThat(messages).hasSize(11);
        cluster.restart(leader);
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .untilAsserted(
                () ->
                    assertThat(
                            client
                                .jetStreamManagement()
                                .getStreamInfo("THREE")
                                .getClusterInfo()
                                .getReplicas())
                        .hasSize(2)
                        .allMatch(each -> each.isCurrent() && !each.isOffline()));
        String second =
            client.jetStreamManagement().getStreamInfo("THREE").getClusterInfo().getLeader();
        String target = second.equals(leader) ? other : leader;
        String answer =
            new String(
                client
                    .request(
                        "$JS.API.STREAM.LEADER.STEPDOWN.THREE",
                        ("{\"placement\":{\"preferred\":\"" + target + "\"}}").getBytes(UTF_8),
                        PATIENCE)
                    .getData(),
                UTF_8);
        assertThat(answer).contains("\"success\":true");
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(
                () ->
                    target.equals(
                        client
                            .jetStreamManagement()
                            .getStreamInfo("THREE")
                            .getClusterInfo()
                            .getLeader()));
        assertThat(
                client.jetStreamManagement().getStreamInfo("THREE").getStreamState().getMsgCount())
            .isEqualTo(11);
      }
    }
  }

  // Nobody answers while the others elect one.
  private static void awaitLeaderOtherThan(String dead, Callable<@Nullable String> leader) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              String now = leader.call();
              return now != null && !now.equals(dead);
            });
  }

  @Test
  void aStreamGrowsWithItsConsumers() throws Exception {
    try (Connection connection = connect("n3")) {
      JetStreamManagement management = connection.jetStreamManagement();
      management.addStream(stream("SIZE", StorageType.Memory));
      management.addOrUpdateConsumer("SIZE", ConsumerConfiguration.builder().durable("c").build());
      for (int i = 0; i < 5; i++) {
        connection.jetStream().publish("SIZE." + i, "x".getBytes(UTF_8));
      }
      for (int replicas : new int[] {3}) {
        management.updateStream(
            StreamConfiguration.builder(stream("SIZE", StorageType.Memory))
                .replicas(replicas)
                .build());
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .untilAsserted(
                () -> {
                  StreamInfo now = management.getStreamInfo("SIZE");
                  assertThat(now.getConfiguration().getReplicas()).isEqualTo(replicas);
                  assertThat(now.getStreamState().getMsgCount()).isEqualTo(5);
                  List<Replica> others = now.getClusterInfo().getReplicas();
                  assertThat(others == null ? List.of() : others).hasSize(replicas - 1);
                  assertThat(others == null ? List.<Replica>of() : others)
                      .allMatch(Replica::isCurrent);
                  List<Replica> ofConsumer =
                      Objects.requireNonNull(
                              management.getConsumerInfo("SIZE", "c").getClusterInfo())
                          .getReplicas();
                  assertThat(ofConsumer == null ? List.of() : ofConsumer).hasSize(replicas - 1);
                });
      }
      String leader = management.getStreamInfo("SIZE").getClusterInfo().getLeader();
      cluster.kill(leader);
      try (Connection other = connect(leader.equals("n1") ? "n2" : "n1")) {
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .untilAsserted(
                () ->
                    assertThat(
                            other
                                .jetStreamManagement()
                                .getStreamInfo("SIZE")
                                .getStreamState()
                                .getMsgCount())
                        .isEqualTo(5));
      }
    }
  }

  @Test
  void aMinorityAcceptsNothingAndCatchesUp() throws Exception {
    try (Connection connection = connect("n1")) {
      StreamInfo made =
          connection
              .jetStreamManagement()
              .addStream(
                  StreamConfiguration.builder(stream("PART", StorageType.Memory))
                      .replicas(3)
                      .build());
      String leader = made.getClusterInfo().getLeader();
      Set<String> others = new TreeSet<>(Set.of("n1", "n2", "n3"));
      others.remove(leader);
      String other = others.iterator().next();
      try (Connection minority = connect(leader);
          Connection majority = connect(other)) {
        minority.jetStream().publish("PART.a", "both".getBytes(UTF_8));
        cluster.partition(Set.of(leader), others);
        CompletableFuture<Message> lost = minority.request("PART.b", "nobody".getBytes(UTF_8));
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(
                () ->
                    others.contains(
                        majority
                            .jetStreamManagement()
                            .getStreamInfo("PART")
                            .getClusterInfo()
                            .getLeader()));
        majority.jetStream().publish("PART.c", "most".getBytes(UTF_8));
        assertThat(lost).isNotDone();
        cluster.heal();
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .untilAsserted(
                () -> {
                  StreamInfo now = minority.jetStreamManagement().getStreamInfo("PART");
                  assertThat(now.getStreamState().getMsgCount()).isEqualTo(2);
                  assertThat(now.getClusterInfo().getReplicas()).allMatch(Replica::isCurrent);
                });
        assertThat(lost).isNotDone();
      }
    }
  }

  @Test
  void aStreamShrinksAndGrowsAgain() throws Exception {
    try (Connection connection = connect("n1")) {
      JetStreamManagement management = connection.jetStreamManagement();
      StreamConfiguration.Builder config =
          StreamConfiguration.builder(stream("SIZES", StorageType.File));
      management.addStream(config.replicas(3).build());
      connection.jetStream().publish("SIZES.a", "kept".getBytes(UTF_8));
      for (int i = 0; i < ROUNDS; i++) {
        for (int replicas : new int[] {1, 3}) {
          management.updateStream(config.replicas(replicas).build());
          await()
              .atMost(PATIENCE)
              .ignoreExceptions()
              .until(
                  () ->
                      Objects.requireNonNullElse(
                                  management.getStreamInfo("SIZES").getClusterInfo().getReplicas(),
                                  List.of())
                              .size()
                          == replicas - 1);
        }
        connection.jetStream().publish("SIZES.b", "more".getBytes(UTF_8));
        assertThat(management.getStreamInfo("SIZES").getStreamState().getMsgCount())
            .isEqualTo(2 + i);
      }
    }
  }

  @Test
  void aLameDuckHandsOverWhatItLeadsWhileItStillServesClients() throws Exception {
    String leader = Objects.requireNonNull(cluster.jetStream()).leader();
    String other = "n1".equals(leader) ? "n2" : "n1";
    try (Connection connection = connect(other);
        Connection last = connect(Objects.requireNonNull(leader))) {
      connection
          .jetStreamManagement()
          .addStream(
              StreamConfiguration.builder(stream("DUCK", StorageType.File)).replicas(3).build());
      cluster.server(leader).lameDuck(Duration.ofMinutes(1), Duration.ofMinutes(1));
      await()
          .atMost(PATIENCE)
          .until(() -> !leader.equals(Objects.requireNonNull(cluster.jetStream()).leader()));
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(
              () ->
                  !leader.equals(
                      connection
                          .jetStreamManagement()
                          .getStreamInfo("DUCK")
                          .getClusterInfo()
                          .getLeader()));
      assertThat(last.getStatus()).isEqualTo(Connection.Status.CONNECTED);
    }
  }
}
