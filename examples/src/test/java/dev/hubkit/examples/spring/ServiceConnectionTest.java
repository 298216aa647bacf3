package dev.hubkit.examples.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.spring.HubServiceConnection;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;

/** Needs a single annotation, as {@code @ServiceConnection} does. */
// @start region="service"
@SpringBootTest(classes = Kitchen.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
@HubServiceConnection(properties = "nats.server=${hub.nats.url}")
class ServiceConnectionTest {
  @Test
  void theKitchenAnswers(Connection waiter) throws Exception {
    Message answer =
        waiter.request("kitchen.orders", "cake".getBytes(UTF_8), Duration.ofSeconds(20));
    assertThat(new String(answer.getData(), UTF_8)).isEqualTo("cake is ready");
  }
}
// @end
