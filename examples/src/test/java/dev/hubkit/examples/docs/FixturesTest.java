package dev.hubkit.examples.docs;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithFixture;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.replay.Pace;
import dev.hubkit.junit.replay.RunningReplay;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FixturesTest {
  // @start region="restore"
  @WithHub(fossil = false)
  @WithFixture("orders.hub")
  static class RestoredTest {
    @Test
    void beginsWithTwoOrders(JetStreamManagement management) throws Exception {
      assertThat(management.getMessage("ORDERS", 2).getSubject()).isEqualTo("orders.2");
    }
  }

  // @end

  @Nested
  class Restoring extends RestoredTest {}

  // @start region="replay"
  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class ReplayedTest {
    @Test
    void publishesInTheTimeOfTheHub(HubResource hub, JetStreamManagement management)
        throws Exception {
      hub.time().freeze();
      RunningReplay replay = hub.replay("orders.hub").subject("orders.>").atPace(Pace.asRecorded());
      assertThat(replay.published()).isEqualTo(1);

      hub.time().advance(replay.remaining());
      assertThat(hub).stream("ORDERS").hasMessages(2);
    }
  }

  // @end

  @Nested
  class Replaying extends ReplayedTest {}

  // @start region="contract"
  @WithHub(fossil = false)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class ContractTest {
    @Test
    void theShopPublishesWhatWasRecorded(HubResource hub, JetStream jetStream) throws Exception {
      jetStream.publish("orders.3", "{\"dish\": \"tea\", \"id\": 3}".getBytes(UTF_8));
      jetStream.publish("orders.4", "{\"dish\": \"pie\", \"id\": 99}".getBytes(UTF_8));

      assertThat(hub.journal())
          .onlySubjects("orders.>")
          .ignoringJson("$.id")
          .isLike(Path.of("src/test/resources/orders.hub"));
    }
  }

  // @end

  @Nested
  class Comparing extends ContractTest {}
}
