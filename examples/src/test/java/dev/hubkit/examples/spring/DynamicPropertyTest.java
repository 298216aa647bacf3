package dev.hubkit.examples.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubExtension;
import io.nats.client.Connection;
import io.nats.client.Message;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Spring asks for the address when it starts the application; the hub runs by then. */
// @start region="dynamic"
@SpringBootTest(classes = Kitchen.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
class DynamicPropertyTest {
  @RegisterExtension static final HubExtension HUB = HubExtension.builder().withoutFossil().build();

  @DynamicPropertySource
  static void addresses(DynamicPropertyRegistry registry) {
    registry.add("nats.server", () -> HUB.hub().natsUrl());
  }

  @Test
  void theKitchenAnswers() throws Exception {
    try (Connection waiter = HUB.hub().connect()) {
      Message answer =
          waiter.request("kitchen.orders", "soup".getBytes(UTF_8), Duration.ofSeconds(20));
      assertThat(new String(answer.getData(), UTF_8)).isEqualTo("soup is ready");
    }
  }
}
// @end
