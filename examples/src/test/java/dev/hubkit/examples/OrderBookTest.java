package dev.hubkit.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.HubUrl;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An order book on a stream, and its price list under version control. */
@WithHub
class OrderBookTest {
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(5);

  @BeforeAll
  static void createStream(JetStreamManagement management) throws Exception {
    management.addStream(
        StreamConfiguration.builder()
            .name("ORDERS")
            .subjects("orders.>")
            .storageType(StorageType.Memory)
            .duplicateWindow(Duration.ofMinutes(2))
            .build());
  }

  @Test
  void everyOrderIsHandledOnce(JetStream orders) throws Exception {
    PublishAck first = orders.publish("orders.new", "tea".getBytes(UTF_8));
    orders.publish("orders.new", "cake".getBytes(UTF_8));
    assertThat(first.getStream()).isEqualTo("ORDERS");

    JetStreamSubscription kitchen =
        orders.subscribe("orders.new", PullSubscribeOptions.builder().durable("kitchen").build());
    List<Message> batch = kitchen.fetch(10, LONG_ENOUGH.dividedBy(10));
    assertThat(batch).extracting(m -> new String(m.getData(), UTF_8)).contains("tea", "cake");
    for (Message message : batch) {
      message.ackSync(LONG_ENOUGH);
    }
    assertThat(kitchen.getConsumerInfo().getNumAckPending()).isZero();
  }

  @Test
  void askingForAPriceGetsAnAnswer(Connection clerk, HubResource hub) throws Exception {
    Connection till = hub.connect();
    till.createDispatcher(m -> till.publish(m.getReplyTo(), "2.50".getBytes(UTF_8)))
        .subscribe("price.tea");
    till.flush(LONG_ENOUGH);

    Message answer = clerk.request("price.tea", null, LONG_ENOUGH);
    assertThat(new String(answer.getData(), UTF_8)).isEqualTo("2.50");
  }

  @Test
  void thePriceListIsUnderVersionControl(
      FossilRepository repository, @HubUrl(Service.FOSSIL) URI url) throws Exception {
    repository.commit(
        new Commit("clerk", "Tea got dearer").put("prices.txt", FileContent.of("tea 2.50\n")));
    assertThat(url).hasScheme("http").hasHost("127.0.0.1");
  }
}
