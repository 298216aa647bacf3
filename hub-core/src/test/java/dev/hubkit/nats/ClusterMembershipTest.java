package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.Replica;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers of a cluster count as offline, are removed, come again, and are chosen for streams. */
class ClusterMembershipTest {
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

  // Nobody answers while no server leads.
  private static JetStreamManagement askingAgain(Connection nats) throws IOException {
    return nats.jetStreamManagement(
        JetStreamOptions.builder().requestTimeout(Duration.ofSeconds(5)).build());
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

  private static long messages(JetStreamManagement management, String stream) throws Exception {
    return management.getStreamInfo(stream).getStreamState().getMsgCount();
  }

  private static boolean isStored(Connection nats, String subject) throws Exception {
    Message ack = nats.request(subject, "payload".getBytes(UTF_8), Duration.ofMillis(100));
    return ack != null && !ack.isStatusMessage();
  }

  private static int errorOf(Callable<?> request) throws Exception {
    try {
      request.call();
      return 0;
    } catch (JetStreamApiException e) {
      return e.getApiErrorCode();
    }
  }

  @Test
  void aServerThatStopsIsOfflineAtOnceAndAKilledOneAfterAWhile() throws Exception {
    String home;
    try (Connection nats = connect("n1")) {
      home =
          nats.jetStreamManagement()
              .addStream(stream("HOME", 1).build())
              .getClusterInfo()
              .getLeader();
    }
    String other = home.equals("n1") ? "n2" : "n1";
    cluster.stop(home);
    try (Connection nats = connect(other)) {
      awaitTrue(() -> cluster.metaLeader().isPresent());
      awaitTrue(() -> offline(nats, "HOME"));
      cluster.restart(home);
      awaitTrue(() -> askingAgain(nats).getStreamNames().contains("HOME"));
      time.freeze();
      cluster.kill(home);
      awaitTrue(() -> cluster.metaLeader().isPresent());
      // checkRemoteServers of nats-server: five heartbeats, of 30 s.
      time.advance(Duration.ofSeconds(140));
      assertThat(offline(nats, "HOME")).isFalse();
      time.advance(Duration.ofSeconds(11));
      awaitTrue(() -> offline(nats, "HOME"));
    }
  }

  // The leader of all tells so a moment later; nobody else answers.
  private boolean offline(Connection nats, String stream) throws Exception {
    CompletableFuture<Message> answer = nats.request("$JS.API.STREAM.INFO." + stream, null);
    nats.flush(PATIENCE);
    for (int i = 0; i < 50 && !answer.isDone(); i++) {
      time.advance(MOMENT);
      LockSupport.parkNanos(MOMENT.toNanos() / 4);
    }
    return answer.isDone() && new String(answer.get().getData(), UTF_8).contains("10118");
  }

  private static String system(NatsCluster cluster, String server, String what, String body)
      throws Exception {
    Options options =
        Options.builder()
            .server(cluster.clientUrl(server))
            .userInfo("sys", "sys")
            .connectionTimeout(PATIENCE)
            .build();
    try (Connection nats = Nats.connect(options)) {
      Message answer = nats.request("$JS.API." + what, body.getBytes(UTF_8), PATIENCE);
      return new String(Objects.requireNonNull(answer).getData(), UTF_8);
    }
  }

  private void configured(String jetStream) throws Exception {
    cluster.close();
    Path file = directory.resolve("cluster.conf");
    Files.writeString(
        file,
        "port: -1, jetstream {store_dir: '"
            + directory.resolve("store")
            + "', "
            + jetStream
            + "}, accounts {SYS {users: [{user: sys, password: sys}]}, "
            + "A {jetstream: enabled, users: [{user: a, password: a}]}}, "
            + "system_account: SYS, no_auth_user: a");
    NatsOptions options = NatsOptions.of(ConfigFile.read(file.toString(), name -> null));
    cluster =
        NatsCluster.start(
            3,
            options.toBuilder().timeSource(time).build(),
            1,
            name -> List.of(name.equals("n3") ? "az:a" : "az:" + name));
  }

  @Test
  void serversOfAStreamHaveDifferentTagsAndNoMoreThanTheyMay() throws Exception {
    configured("unique_tag: 'az:', limits {max_ha_assets: 2}");
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      management.addStream(stream("ONE", 3).build());
      management.addOrUpdateConsumer("ONE", ConsumerConfiguration.builder().durable("c").build());
      assertThatThrownBy(() -> management.addStream(stream("TWO", 2).build()))
          .hasMessageContaining("no suitable peers for placement, miscellaneous issue");
      assertThat(
              errorOf(
                  () ->
                      management.addOrUpdateConsumer(
                          "ONE", ConsumerConfiguration.builder().durable("d").build())))
          .isEqualTo(10023);
      assertThat(management.addStream(stream("LONE", 1).build())).isNotNull();
      assertThat(errorOf(() -> management.updateStream(stream("LONE", 3).build())))
          .isEqualTo(10023);
    }
    configured("unique_tag: 'az:n'");
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      // n3 has no tag that begins so.
      assertThat(servers(management.addStream(stream("TWO", 2).build())))
          .containsExactly("n1", "n2");
      assertThatThrownBy(() -> management.addStream(stream("THREE", 3).build()))
          .hasMessageContaining("no suitable peers for placement, server tag not unique");
    }
  }

  private static List<String> servers(StreamInfo info) {
    List<String> servers = new ArrayList<>(List.of(info.getClusterInfo().getLeader()));
    info.getClusterInfo().getReplicas().forEach(each -> servers.add(each.getName()));
    return servers.stream().sorted().toList();
  }

  @Test
  void aServerThatIsRemovedWhileItRunsComesAgainAfterTheTest() throws Exception {
    configured("strict: true");
    String removed;
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      StreamInfo sole = management.addStream(stream("SOLE", 1).build());
      management.addStream(stream("ALL", 3).build());
      awaitTrue(() -> isStored(nats, "ALL.1"));
      removed = sole.getClusterInfo().getLeader();
    }
    String other = removed.equals("n1") ? "n2" : "n1";
    CompletableFuture<String> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return system(cluster, other, "SERVER.REMOVE", "{\"peer\":\"" + removed + "\"}");
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    awaitTrue(answer::isDone);
    assertThat(answer.get()).contains("\"success\":true");
    try (Connection nats = connect(other)) {
      JetStreamManagement management = nats.jetStreamManagement();
      awaitTrue(
          () -> {
            StreamInfo info = askingAgain(nats).getStreamInfo("ALL");
            return servers(info).size() == 2 && !servers(info).contains(removed);
          });
      assertThat(messages(management, "ALL")).isEqualTo(1);
      awaitTrue(
          () ->
              !removed.equals(
                  askingAgain(nats).getStreamInfo("SOLE").getClusterInfo().getLeader()));
      assertThat(errorOf(() -> management.addStream(stream("MORE", 3).build()))).isEqualTo(10005);
      cluster.restartAll();
      awaitTrue(() -> servers(askingAgain(nats).getStreamInfo("ALL")).contains(removed));
      awaitInSync(nats, "ALL", 2);
      assertThat(messages(management, "ALL")).isEqualTo(1);
    }
  }

  @Test
  void aStreamGoesOnWithoutAServerThatItNeededAndThatWasRemoved() throws Exception {
    configured("strict: true");
    String leader;
    List<String> both;
    try (Connection nats = connect("n1")) {
      JetStreamManagement management = nats.jetStreamManagement();
      StreamInfo made = management.addStream(stream("PAIR", 2).build());
      leader = made.getClusterInfo().getLeader();
      both = servers(made);
      awaitTrue(() -> isStored(nats, "PAIR.1"));
      awaitInSync(nats, "PAIR", 1);
    }
    String other = both.stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
    cluster.kill(leader);
    // One of two is no majority, and does not become one with time.
    time.advance(Duration.ofSeconds(30));
    awaitTrue(() -> cluster.metaLeader().filter(each -> !each.equals(leader)).isPresent());
    assertThat(system(cluster, other, "SERVER.REMOVE", "{\"peer\":\"" + leader + "\"}"))
        .contains("\"success\":true");
    try (Connection nats = connect(other)) {
      awaitInSync(nats, "PAIR", 1);
      JetStreamManagement management = nats.jetStreamManagement();
      assertThat(messages(management, "PAIR")).isEqualTo(1);
      awaitTrue(() -> isStored(nats, "PAIR.2"));
    }
  }
}
