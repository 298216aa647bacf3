package dev.hubkit.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubProperty;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import org.junit.jupiter.api.Test;

// @start region="property"
@WithHub(name = "app", lifecycle = HubLifecycle.PER_SUITE)
@HubProperty(name = "app.nats.servers", service = Service.NATS)
@HubProperty(name = "app.fossil.port", service = Service.FOSSIL, part = HubProperty.Part.PORT)
class PropertyTest {
  @Test
  void theFrameworkReadsThem(HubResource hub) {
    assertThat(System.getProperty("app.nats.servers")).isEqualTo(hub.natsUrl());
    assertThat(Integer.getInteger("app.fossil.port")).isEqualTo(hub.fossilPort());
  }
}
// @end
