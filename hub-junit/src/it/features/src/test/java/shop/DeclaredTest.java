package shop;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.HubSnapshot;
import dev.hubkit.junit.AsUser;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Isolation;
import dev.hubkit.junit.Reset;
import dev.hubkit.junit.Upstream;
import dev.hubkit.junit.WithBucket;
import dev.hubkit.junit.WithConsumer;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.WithUser;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is declared, and how it comes back. */
class DeclaredTest {
  @Nested
  @WithHub(fossil = false, reset = Reset.BEFORE_EACH)
  @WithStream(name = "ORDERS", subjects = "orders.>", retention = WithStream.Retention.WORK_QUEUE)
  @WithConsumer(stream = "ORDERS", name = "kitchen", backoff = {"1s", "10s"}, maxDeliver = 4)
  @WithStream(name = "ARCHIVE", mirror = @Upstream("MENUS"), denyDelete = true)
  @WithStream(name = "MENUS", subjects = "menus.>", maxAge = "1h")
  @WithBucket(name = "prices", history = 5)
  class WithReset {
    @RepeatedTest(2)
    void isPutBack(HubResource hub, JetStream jetStream) throws Exception {
      assertEquals(1, jetStream.publish("orders.1", null).getSeqno());
      assertThat(hub).stream("ORDERS").hasMessages(1).consumer("kitchen").hasPending(1);
      assertThat(hub).bucket("prices").hasNoKey("tea");
    }

    @Test
    void goesBackToSnapshots(HubResource hub, JetStream jetStream, @TempDir Path dir)
        throws Exception {
      HubSnapshot before = hub.snapshot();
      before.save(dir.resolve("before.hub"));
      jetStream.publish("menus.1", null);
      hub.rewind(HubSnapshot.load(dir.resolve("before.hub")));
      assertThat(hub).stream("MENUS").isEmpty();
    }
  }

  @Nested
  @WithHub(fossil = false, isolation = Isolation.PER_TEST)
  @WithStream(name = "ORDERS", subjects = "orders.>")
  class Isolated {
    @RepeatedTest(2)
    void isAloneWithItsTimeAndFaults(HubResource hub, JetStream jetStream) throws Exception {
      hub.time().freeze();
      assertEquals(1, jetStream.publish("orders.1", null).getSeqno());
      hub.faults().crash();
    }
  }

  @Nested
  @WithHub(fossil = false)
  @WithUser(name = "waiter", publish = "orders.>", subscribe = "_INBOX.>")
  class Users {
    @Test
    void mayDoWhatIsDeclared(HubResource hub, @AsUser("waiter") Connection waiter)
        throws Exception {
      waiter.publish("prices.soup", null);
      hub.journal().await().errors().atMost(Duration.ofSeconds(20));
    }
  }
}
