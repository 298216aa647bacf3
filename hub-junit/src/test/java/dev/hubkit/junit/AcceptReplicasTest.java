package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueStatus;
import io.nats.client.api.Replica;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A lone server takes streams of several replicas when asked to, and else says how to ask. */
class AcceptReplicasTest {
  @WithHub(fossil = false, acceptReplicas = true)
  @WithStream(name = "DECLARED", subjects = "declared", replicas = 3)
  static class Accepting {
    @Test
    void takesThemAndTellsOfAGroup(Connection nats) throws Exception {
      StreamInfo stream =
          nats.jetStreamManagement()
              .addStream(
                  StreamConfiguration.builder()
                      .name("ORDERS")
                      .subjects("orders")
                      .replicas(5)
                      .build());
      assertThat(stream.getConfiguration().getReplicas()).isEqualTo(5);
      assertThat(stream.getClusterInfo().getLeader())
          .isEqualTo(nats.getServerInfo().getServerName());
      assertThat(stream.getClusterInfo().getRaftGroup()).startsWith("S-R5F-");
      assertThat(stream.getClusterInfo().getReplicas())
          .hasSize(4)
          .allMatch(Replica::isCurrent)
          .extracting(Replica::getName)
          .doesNotHaveDuplicates()
          .doesNotContain(nats.getServerInfo().getServerName());

      nats.jetStream().publish("orders", new byte[1]);
      ConsumerInfo consumer =
          nats.jetStreamManagement()
              .addOrUpdateConsumer(
                  "ORDERS", ConsumerConfiguration.builder().durable("c").numReplicas(3).build());
      assertThat(consumer.getNumPending()).isEqualTo(1);
      assertThat(consumer.getClusterInfo().getReplicas()).hasSize(2);
    }

    @Test
    void changesTheirNumber(Connection nats) throws Exception {
      StreamConfiguration declared =
          nats.jetStreamManagement().getStreamInfo("DECLARED").getConfiguration();
      StreamInfo one =
          nats.jetStreamManagement()
              .updateStream(StreamConfiguration.builder(declared).replicas(1).build());
      assertThat(one.getClusterInfo().getReplicas()).isNullOrEmpty();
      StreamInfo three =
          nats.jetStreamManagement()
              .updateStream(StreamConfiguration.builder(declared).replicas(3).build());
      assertThat(three.getClusterInfo().getReplicas()).hasSize(2);
    }

    @Test
    void takesBuckets(Connection nats) throws Exception {
      KeyValueStatus bucket =
          nats.keyValueManagement()
              .create(KeyValueConfiguration.builder("prices").replicas(3).build());
      assertThat(bucket.getReplicas()).isEqualTo(3);
    }
  }

  @Test
  void accepts() {
    TestRun.of(Accepting.class).succeeds();
  }

  @WithHub(fossil = false)
  static class Refusing {
    @Test
    void createsAsInProduction(Connection nats) {
      try {
        nats.jetStreamManagement()
            .addStream(StreamConfiguration.builder().name("ORDERS").replicas(3).build());
      } catch (JetStreamApiException | IOException e) {
        throw new IllegalStateException("no stream for orders", e);
      }
    }
  }

  @Test
  void tellsOfTheSwitchWhereReplicasAreRefused() {
    Throwable failure = TestRun.of(Refusing.class).execute().thrown().get(0);
    assertThat(List.of(failure.getSuppressed()))
        .anySatisfy(
            note ->
                assertThat(note.toString())
                    .contains(
                        "refused replicas: ", "servers = 3 to @WithHub", "acceptReplicas = true"));
  }

  @WithHub(nats = false, acceptReplicas = true)
  static class WithoutNats {
    @Test
    void runs() {}
  }

  @Test
  void refusesToHaveNoEffect() {
    TestRun.of(WithoutNats.class)
        .failsOnceWith(List.of("@WithHub(acceptReplicas = true)", "has no effect without NATS"));
  }
}
