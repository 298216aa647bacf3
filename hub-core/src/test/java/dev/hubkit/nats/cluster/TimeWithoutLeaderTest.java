package dev.hubkit.nats.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.NatsCluster;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.Replica;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long a publisher gets no acknowledgement after the leader of a stream with three
 * replicas was killed, stopped, or asked to step down: three nats-servers, a cluster in this JVM,
 * and the same in virtual time. {@code -Dcluster.elections=N} does it N times and prints a table.
 */
@EnabledIfSystemProperty(
    named = "cluster.elections",
    matches = "[1-9][0-9]*",
    disabledReason = "measures for minutes; set -Dcluster.elections=10")
class TimeWithoutLeaderTest {
  private static final int ROUNDS = Integer.getInteger("cluster.elections", 1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  // How long a publisher waits before it tries again.
  private static final Duration ATTEMPT = Duration.ofMillis(20);
  private static final Duration STEP = Duration.ofMillis(5);
  private static final String STREAM = "ORDERS";

  @TempDir private Path directory;

  /** What happens to a leader. */
  private enum Fate {
    KILLED,
    STOPPED,
    ASKED_TO_STEP_DOWN
  }

  /** A cluster of which the leader of a stream meets its fate. */
  private interface Victims {
    String url(String server);

    void kill(String server) throws Exception;

    void stop(String server) throws Exception;

    void restart(String server) throws Exception;

    default void pass() {}
  }

  private record Processes(RealCluster cluster) implements Victims {
    @Override
    public String url(String server) {
      return cluster.url(server).replace("//", "//a:a@");
    }

    @Override
    public void kill(String server) throws Exception {
      cluster.kill(server);
    }

    @Override
    public void stop(String server) throws Exception {
      cluster.stop(server);
    }

    @Override
    public void restart(String server) throws Exception {
      cluster.restart(server);
    }
  }

  private record InThisJvm(NatsCluster cluster, Runnable passing) implements Victims {
    @Override
    public String url(String server) {
      return cluster.clientUrl(server);
    }

    @Override
    public void kill(String server) {
      cluster.kill(server);
    }

    @Override
    public void stop(String server) {
      cluster.stop(server);
    }

    @Override
    public void restart(String server) {
      cluster.restart(server);
    }

    @Override
    public void pass() {
      passing.run();
    }
  }

  @Test
  void printsHowLongAPublisherWaits() throws Exception {
    List<String> table = new ArrayList<>();
    try (RealCluster cluster = RealCluster.start(directory.resolve("real"))) {
      measure("nats-server", new Processes(cluster), System::nanoTime, table);
    }
    NatsOptions.Builder options = NatsOptions.builder().port(0);
    try (NatsCluster cluster =
        NatsCluster.start(3, options.jetStream(directory.resolve("hub")).build())) {
      measure("Hub", new InThisJvm(cluster, () -> {}), System::nanoTime, table);
    }
    try (VirtualTimeSource time = new VirtualTimeSource("time-without-leader");
        NatsCluster cluster =
            NatsCluster.start(
                3, options.jetStream(directory.resolve("virtual")).timeSource(time).build())) {
      InThisJvm victims = new InThisJvm(cluster, () -> time.advance(STEP));
      measure("Hub, virtual", victims, time::nanoTime, table);
    }
    table.forEach(System.out::println);
    assertThat(table).hasSize(3 * Fate.values().length);
  }

  private static void measure(String name, Victims victims, LongSupplier clock, List<String> table)
      throws Exception {
    create(victims);
    for (Fate fate : Fate.values()) {
      List<Double> millis = new ArrayList<>();
      List<Double> real = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        long before = System.nanoTime();
        millis.add(spell(victims, fate, clock) / 1e6);
        real.add((System.nanoTime() - before) / 1e6);
      }
      Collections.sort(millis);
      Collections.sort(real);
      table.add(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.0f | %.0f | %.0f | real, with restart: %.0f",
              name,
              fate,
              millis.get(ROUNDS / 2),
              millis.get(0),
              millis.get(ROUNDS - 1),
              real.get(ROUNDS / 2)));
    }
  }

  private static Connection connect(Victims victims, String server)
      throws IOException, InterruptedException {
    return Nats.connect(Options.builder().server(victims.url(server)).noReconnect().build());
  }

  private static void create(Victims victims) throws Exception {
    try (Connection connection = connect(victims, "n1")) {
      StreamConfiguration wanted =
          StreamConfiguration.builder().name(STREAM).subjects("orders").replicas(3).build();
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(
              () -> {
                victims.pass();
                return connection.jetStreamManagement().addStream(wanted) != null;
              });
    }
  }

  private static StreamInfo settled(Connection connection, Victims victims) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(
            () -> {
              victims.pass();
              return connection.jetStreamManagement().getStreamInfo(STREAM);
            },
            info -> {
              List<Replica> replicas = info.getClusterInfo().getReplicas();
              return info.getClusterInfo().getLeader() != null
                  && replicas.size() == 2
                  && replicas.stream().allMatch(each -> each.isCurrent() && !each.isOffline());
            });
  }

  // Returns for how long nothing was acknowledged, and leaves a cluster whose servers all run.
  private static long spell(Victims victims, Fate fate, LongSupplier clock) throws Exception {
    String leader;
    try (Connection any = connect(victims, "n1")) {
      leader = Objects.requireNonNull(settled(any, victims).getClusterInfo().getLeader());
    }
    String other = leader.equals("n1") ? "n2" : "n1";
    try (Connection connection = connect(victims, other)) {
      awaitAcknowledgement(connection, victims);
      long began = clock.getAsLong();
      switch (fate) {
        case KILLED -> victims.kill(leader);
        case STOPPED -> victims.stop(leader);
        case ASKED_TO_STEP_DOWN ->
            connection.request("$JS.API.STREAM.LEADER.STEPDOWN." + STREAM, null, PATIENCE);
      }
      awaitAcknowledgement(connection, victims);
      long spell = clock.getAsLong() - began;
      if (fate != Fate.ASKED_TO_STEP_DOWN) {
        victims.restart(leader);
      }
      return spell;
    }
  }

  private static void awaitAcknowledgement(Connection connection, Victims victims)
      throws InterruptedException {
    byte[] order = "tea".getBytes(StandardCharsets.UTF_8);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      Message answer = connection.request("orders", order, ATTEMPT);
      if (answer != null
          && new String(answer.getData(), StandardCharsets.UTF_8).contains("\"seq\"")) {
        return;
      }
      victims.pass();
    }
    throw new AssertionError("No acknowledgement for " + PATIENCE);
  }
}
