package dev.hubkit.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.nats.jetstream.cluster.JetStreamCluster;
import dev.hubkit.time.VirtualTimeSource;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose time a test moves: who leads depends on the seed alone. */
class ClusterVirtualTimeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private List<String> leaders(long seed, String run) throws Exception {
    List<String> leaders = new ArrayList<>();
    try (VirtualTimeSource time = new VirtualTimeSource("cluster-time")) {
      time.freeze();
      NatsOptions options =
          NatsOptions.builder().port(0).timeSource(time).jetStream(directory.resolve(run)).build();
      try (NatsCluster cluster = NatsCluster.start(3, options, seed)) {
        JetStreamCluster jetStream = Objects.requireNonNull(cluster.jetStream());
        String first = Objects.requireNonNull(jetStream.leader());
        leaders.add(first);
        String other = first.equals("n1") ? "n2" : "n1";
        try (Connection connection =
            Nats.connect(
                Options.builder()
                    .server(cluster.server(other).clientUrl())
                    .connectionTimeout(PATIENCE)
                    .build())) {
          StreamInfo made =
              connection
                  .jetStreamManagement()
                  .addStream(
                      StreamConfiguration.builder()
                          .name("S")
                          .subjects("s")
                          .storageType(StorageType.Memory)
                          .replicas(3)
                          .build());
          leaders.add(made.getClusterInfo().getLeader());
          connection.jetStream().publish("s", "one".getBytes(UTF_8));
          cluster.kill(first);
          assertThat(jetStream.leader()).isNull();
          time.advance(Duration.ofSeconds(1));
          leaders.add(Objects.requireNonNull(jetStream.leader()));
          await()
              .atMost(PATIENCE)
              .ignoreExceptions()
              .untilAsserted(
                  () ->
                      assertThat(
                              connection
                                  .jetStreamManagement()
                                  .getStreamInfo("S")
                                  .getStreamState()
                                  .getMsgCount())
                          .isEqualTo(1));
        }
      }
    }
    return leaders;
  }

  @Test
  void theSameSeedHasTheSameLeaders() throws Exception {
    List<String> leaders = leaders(7, "once");
    assertThat(leaders).hasSize(3);
    assertThat(leaders(7, "again")).isEqualTo(leaders);
  }
}
