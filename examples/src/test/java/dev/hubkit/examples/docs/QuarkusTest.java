package dev.hubkit.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.junit.HubLifecycle;
import dev.hubkit.junit.HubProperty;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import org.junit.jupiter.api.Test;

/** Quarkus reads its configuration with SmallRye Config, where system properties come first. */
// @start region="quarkus"
@WithHub(name = "quarkus", lifecycle = HubLifecycle.PER_SUITE, fossil = false)
@HubProperty(name = "kitchen.nats.servers", service = Service.NATS)
@HubProperty(name = "kitchen.nats.port", service = Service.NATS, part = HubProperty.Part.PORT)
class QuarkusTest {
  @ConfigMapping(prefix = "kitchen.nats")
  interface Nats {
    String servers();

    int port();
  }

  @Test
  void theApplicationHasTheAddress(HubResource hub) {
    SmallRyeConfig application =
        new SmallRyeConfigBuilder().addDefaultSources().withMapping(Nats.class).build();
    Nats nats = application.getConfigMapping(Nats.class);
    assertThat(nats.servers()).isEqualTo(hub.natsUrl());
    assertThat(nats.port()).isEqualTo(hub.natsPort());
  }
}
// @end
