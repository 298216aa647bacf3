package shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.spring.HubConnectionDetails;
import dev.hubkit.junit.spring.HubServiceConnection;
import io.nats.client.Connection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.core.env.Environment;

/** Has the default hub of the run, and shares the application with {@link SameApplicationTest}. */
@SpringBootTest
@HubServiceConnection
class ServiceConnectionTest {
  @Autowired Connection application;
  @Autowired Environment environment;
  @Autowired HubConnectionDetails details;

  @Test
  void theShopSells(Connection customer, HubResource hub) throws Exception {
    byte[] receipt =
        customer
            .request("shop.orders", "tea".getBytes(UTF_8), Duration.ofSeconds(20))
            .getData();
    assertThat(new String(receipt, UTF_8)).startsWith("tea, receipt ");
    assertThat(application.getConnectedUrl()).isEqualTo(hub.natsUrl());
    assertThat(details.natsUrl()).isEqualTo(hub.natsUrl());
    assertThat(environment.getProperty("nats.spring.server")).isEqualTo(hub.natsUrl());
  }
}
