package dev.hubkit.examples.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.HubSnapshot;
import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Isolation;
import dev.hubkit.junit.Reset;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PutBackTest {
  // @start region="reset"
  @WithHub(reset = Reset.BEFORE_EACH)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class ResetTest {
    @RepeatedTest(3)
    void isAlwaysTheFirstOrder(JetStream jetStream, JetStreamManagement management)
        throws Exception {
      assertThat(management.getStreamNames()).containsExactly("ORDERS");
      assertThat(jetStream.publish("orders.new", null).getSeqno()).isEqualTo(1);
    }
  }

  // @end

  @Nested
  class Resetting extends ResetTest {}

  // @start region="isolation"
  @WithHub(name = "shop", lifecycle = HubLifecycle.PER_SUITE, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class IsolatedTest {
    @RepeatedTest(3)
    void isAlone(HubResource hub, Connection nats, JetStream jetStream) throws Exception {
      assertThat(jetStream.publish("orders.new", null).getSeqno()).isEqualTo(1);
      // Servers of its own: what is started with these URLs meets nobody else.
      assertThat(nats.getServerInfo().getPort()).isEqualTo(hub.natsPort());
    }
  }

  // @end

  @Nested
  class Isolated extends IsolatedTest {}

  // @start region="snapshot"
  @WithHub
  @WithStream(name = "ORDERS", subjects = "orders.>")
  static class SnapshotTest {
    @Test
    void goesBack(HubResource hub, JetStream jetStream, @TempDir Path fixtures) throws Exception {
      jetStream.publish("orders.1", "soup".getBytes(UTF_8));
      HubSnapshot oneOrder = hub.snapshot();

      jetStream.publish("orders.2", "cake".getBytes(UTF_8));
      hub.rewind(oneOrder);
      assertThat(jetStream.publish("orders.2", null).getSeqno()).isEqualTo(2);

      oneOrder.save(fixtures.resolve("one-order.zip"));
      hub.rewind(HubSnapshot.load(fixtures.resolve("one-order.zip")));
      assertThat(jetStream.publish("orders.2", null).getSeqno()).isEqualTo(2);
    }
  }

  // @end

  @Nested
  class Snapshots extends SnapshotTest {}
}
