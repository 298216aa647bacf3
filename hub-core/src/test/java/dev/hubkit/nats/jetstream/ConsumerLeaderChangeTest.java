package dev.hubkit.nats.jetstream;

import static dev.hubkit.nats.jetstream.ReplicatedConsumerFixture.ELECTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.jetstream.consumer.Consumer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see in the moment in which another server begins to lead a consumer. */
class ConsumerLeaderChangeTest {
  private static final String EXPLICIT = "\"ack_policy\":\"explicit\"";
  private static final String WAITING = "{\"batch\":5,\"expires\":60000000000}";

  @TempDir private Path directory;
  private ReplicatedConsumerFixture cluster;

  @BeforeEach
  void open() {
    cluster = new ReplicatedConsumerFixture(directory, 3, "");
    cluster.listen("in");
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  private void lead(String server) {
    cluster.group().stepDown(server);
    cluster.time.advance(ELECTION);
    assertThat(cluster.leader()).isEqualTo(server);
  }

  @Test
  void whoIsSeenToLeadServesWhoeverComesThen() {
    List<String> unready = new ArrayList<>();
    cluster.afterElections(
        () ->
            cluster
                .running()
                .forEach(
                    name -> {
                      Consumer consumer = cluster.replica(name);
                      if (name.equals(cluster.group().leader())) {
                        consumer.stream()
                            .executor()
                            .execute(
                                batch -> {
                                  if (!consumer.isServing()) {
                                    unready.add(name);
                                  }
                                });
                      }
                    }));
    cluster.consumer(EXPLICIT);
    lead("n2");
    lead("n3");
    assertThat(unready).isEmpty();
  }

  @Test
  void aRequestThatWaitedIsEndedOnce() {
    cluster.consumer(EXPLICIT);
    cluster.pull(WAITING);
    lead("n2");
    assertThat(cluster.texts("in")).containsExactly("409 Leadership Change");
    lead("n3");
    lead("n1");
    assertThat(cluster.texts("in")).isEmpty();
  }

  @Test
  void aLeaderThatLeadsAgainEndsWhatWaitedThen() {
    cluster.consumer(EXPLICIT);
    cluster.pull(WAITING);
    cluster.running().forEach(cluster::isolate);
    cluster.time.advance(Duration.ofSeconds(10));
    assertThat(cluster.story).contains("n1 reaches no majority");
    cluster.links.heal();
    cluster.group().elect("n1");
    cluster.time.advance(ELECTION);
    assertThat(cluster.leader()).isEqualTo("n1");
    assertThat(cluster.texts("in")).containsExactly("409 Leadership Change");
  }
}
