package kitchen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.micronaut.HubPropertyProvider;
import io.micronaut.context.annotation.Property;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Has the default hub of the run. */
// @start region="micronaut"
@MicronautTest
class KitchenTest implements HubPropertyProvider {
  @Inject Waiter waiter;

  @Property(name = "hub.nats.url")
  String url;

  @Test
  void theKitchenAnswers(HubResource hub) {
    assertEquals("soup is ready", waiter.order("soup"));
    assertEquals(hub.natsUrl(), url);
    hub.journal().await().published("kitchen.orders").atMost(Duration.ofSeconds(20));
  }
}
// @end
