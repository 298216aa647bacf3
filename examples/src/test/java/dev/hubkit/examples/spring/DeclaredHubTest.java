package dev.hubkit.examples.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Reset;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.spring.HubConnectionDetails;
import dev.hubkit.junit.spring.HubServiceConnection;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** The application stays, and each test finds the hub as it was. */
// @start region="declared"
@SpringBootTest(classes = Kitchen.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
@HubServiceConnection(value = "spring", properties = "nats.server=${hub.nats.url}")
@WithHub(name = "spring", lifecycle = HubLifecycle.PER_SUITE, reset = Reset.BEFORE_EACH)
class DeclaredHubTest {
  @Autowired HubConnectionDetails details;

  @Test
  void theKitchenAnswers(HubResource hub, Connection waiter) throws Exception {
    Message answer =
        waiter.request("kitchen.orders", "stew".getBytes(UTF_8), Duration.ofSeconds(20));
    assertThat(new String(answer.getData(), UTF_8)).isEqualTo("stew is ready");
    assertThat(details.natsUrl()).isEqualTo(hub.natsUrl());
    assertThat(details.fossilUrl()).isEqualTo(hub.fossilUrl());
  }
}
// @end
