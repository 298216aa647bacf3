package dev.hubkit.examples.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import dev.hubkit.junit.FromHub;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.fault.Fault;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeafNodesTest {
  // @start region="upstream"
  @Nested
  @WithHub(name = "team")
  @WithHub(name = "laptop", upstream = "team")
  @WithStream(hub = "team", name = "ORDERS", subjects = "orders.>")
  @WithStream(hub = "laptop", name = "NOTES", subjects = "notes.>")
  class LaptopTest {
    @Test
    void readsTheStreamsOfTheTeam(
        @FromHub("team") JetStream team, @FromHub("laptop") Connection laptop) throws Exception {
      team.publish("orders.1", "soup".getBytes(UTF_8));
      JetStreamManagement there =
          laptop.jetStreamManagement(JetStreamOptions.builder().domain("team").build());
      assertThat(there.getLastMessage("ORDERS", "orders.1").getData()).asString().isEqualTo("soup");
    }

    @Test
    void worksWithoutTheTeam(@FromHub("laptop") HubResource laptop) throws Exception {
      try (Fault cut = laptop.faults().cutUpstream()) {
        laptop.jetStream().publish("notes.1", "buy leeks".getBytes(UTF_8));
      }
    }
  }

  // @end

  @TempDir Path root;

  @Test
  void aProgramHasUpstreams() {
    Path directory = root;
    // @start region="program"
    HubOptions options =
        HubOptions.forTests().toBuilder()
            .upstream("nats-leaf://127.0.0.1:7422", "ada:s3cret")
            .fossilUpstream("http://ada:s3cret@127.0.0.1:7423/", Duration.ofMinutes(5))
            .build();
    try (Hub hub = Hub.start(directory, options)) {
      hub.status().upstreams().forEach(System.out::println);
    }
    // @end
    assertThat(directory.resolve(".orchestrator/hub.fossil")).exists();
  }
}
