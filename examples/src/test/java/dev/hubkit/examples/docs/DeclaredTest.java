package dev.hubkit.examples.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.AsUser;
import dev.hubkit.junit.Bucket;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.Upstream;
import dev.hubkit.junit.WithBucket;
import dev.hubkit.junit.WithConsumer;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithNatsConfig;
import dev.hubkit.junit.WithSeed;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.WithUser;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.StreamInfo;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeclaredTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  // @start region="streams"
  @WithHub
  @WithStream(name = "ORDERS", subjects = "orders.>", retention = WithStream.Retention.WORK_QUEUE)
  @WithConsumer(stream = "ORDERS", name = "kitchen", ackWait = "5s")
  @WithBucket(name = "prices", history = 5)
  static class KitchenTest {
    @Test
    void everyOrderReachesTheKitchen(JetStream jetStream) throws Exception {
      jetStream.publish("orders.1", "soup".getBytes(UTF_8));
      JetStreamSubscription kitchen =
          jetStream.subscribe(null, PullSubscribeOptions.bind("ORDERS", "kitchen"));
      assertThat(kitchen.fetch(1, SOON)).hasSize(1);
    }

    @Test
    @WithStream(name = "COMPLAINTS")
    void oneMoreForThisTest(JetStreamManagement management) throws Exception {
      assertThat(management.getStreamNames()).contains("ORDERS", "COMPLAINTS");
    }

    @Test
    void whichTheOthersDoNotSee(JetStreamManagement management, @Bucket("prices") KeyValue prices)
        throws Exception {
      assertThat(management.getStreamNames()).doesNotContain("COMPLAINTS");
      assertThat(prices.keys()).isEmpty();
    }
  }

  // @end

  @org.junit.jupiter.api.Nested
  class Kitchen extends KitchenTest {}

  // @start region="attributes"
  @WithHub
  @WithStream(file = "classpath:orders.json", storage = Storage.MEMORY)
  @WithStream(name = "ARCHIVE", sources = @Upstream("ORDERS"), denyDelete = true)
  @WithConsumer(
      stream = "ARCHIVE",
      name = "audit",
      deliver = WithConsumer.Deliver.NEW,
      backoff = {"1s", "10s"},
      maxDeliver = 4)
  static class AsInProductionTest {
    @Test
    void theStreamIsThatOfTheFile(JetStreamManagement management) throws Exception {
      StreamInfo orders = management.getStreamInfo("ORDERS");
      assertThat(orders.getConfiguration().getDescription()).isEqualTo("orders of the shop");
      assertThat(management.getStreamInfo("ARCHIVE").getConfiguration().getSources()).hasSize(1);
    }
  }

  // @end

  @org.junit.jupiter.api.Nested
  class AsInProduction extends AsInProductionTest {}

  // @start region="seed"
  @WithHub
  @WithSeed(files = {"menu.txt=soup 4.00", "docs/rules.txt=No tips."})
  static class MenuTest {
    @Test
    void theMenuIsThere(FossilRepository repository) {
      byte[] menu = repository.read(tip -> tip.readFile(tip.resolve("tip"), "menu.txt"));
      assertThat(menu).asString(UTF_8).isEqualTo("soup 4.00");
    }
  }

  // @end

  @org.junit.jupiter.api.Nested
  class Menu extends MenuTest {}

  // @start region="users"
  @WithHub
  @WithUser(name = "waiter", publish = "orders.>", subscribe = "_INBOX.>")
  static class WaiterTest {
    @Test
    void mayOrder(@AsUser("waiter") Connection waiter, Connection mayDoAll) throws Exception {
      Subscription all = mayDoAll.subscribe(">");
      mayDoAll.flush(SOON);
      waiter.publish("prices.soup", "0.00".getBytes(UTF_8));
      waiter.publish("orders.1", "soup".getBytes(UTF_8));
      assertThat(all.nextMessage(SOON).getSubject()).isEqualTo("orders.1");
    }
  }

  // @end

  @org.junit.jupiter.api.Nested
  class Waiter extends WaiterTest {}

  // @start region="config"
  @WithHub
  @WithNatsConfig("classpath:restaurant.conf")
  static class RestaurantTest {
    @Test
    void strangersStayOutside(HubResource hub, @AsUser("waiter") Connection waiter)
        throws Exception {
      waiter.flush(SOON);
      Options.Builder stranger = new Options.Builder().connectionTimeout(Duration.ofMillis(300));
      assertThatThrownBy(() -> hub.connect(stranger))
          .hasMessageContaining("rejected the connection");
    }
  }

  // @end

  @org.junit.jupiter.api.Nested
  class Restaurant extends RestaurantTest {}
}
