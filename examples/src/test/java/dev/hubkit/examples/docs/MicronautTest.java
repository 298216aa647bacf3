package dev.hubkit.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubProperty;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import io.micronaut.context.ApplicationContext;
import org.junit.jupiter.api.Test;

/**
 * Micronaut copies the system properties into an application's environment when the application
 * starts.
 */
// @start region="micronaut"
@WithHub(name = "micronaut", lifecycle = HubLifecycle.PER_SUITE, fossil = false)
@HubProperty(name = "nats.default.addresses", service = Service.NATS)
class MicronautTest {
  @Test
  void theApplicationHasTheAddress(HubResource hub) {
    try (ApplicationContext application = ApplicationContext.run()) {
      assertThat(application.getProperty("nats.default.addresses", String.class))
          .contains(hub.natsUrl());
    }
  }
}
// @end
