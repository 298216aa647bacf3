package shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.spring.HubServiceConnection;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** Has a hub of its own, so that the application is another one: receipts begin again. */
@WithHub
@WithStream(name = "RECEIPTS", subjects = "shop.receipts")
@SpringBootTest
@HubServiceConnection
class OwnHubTest {
  @Autowired Connection application;

  @Test
  void receiptsBeginAtOne(Connection customer, HubResource hub) throws Exception {
    byte[] receipt =
        customer
            .request("shop.orders", "tea".getBytes(UTF_8), Duration.ofSeconds(20))
            .getData();
    assertThat(new String(receipt, UTF_8)).isEqualTo("tea, receipt 1");
    hub.journal().await().published("shop.orders").atMost(Duration.ofSeconds(20));
  }

  @Nested
  class Inside {
    @Autowired Connection sameApplication;

    @Test
    void isTheSame(JetStream streams) throws Exception {
      assertThat(sameApplication).isSameAs(application);
      assertThat(streams.publish("shop.receipts", new byte[0]).getStream()).isEqualTo("RECEIPTS");
    }
  }
}
