package dev.hubkit.junit.micronaut;

import dev.hubkit.junit.DefaultHub;
import dev.hubkit.junit.HubAddresses;
import dev.hubkit.junit.HubLocator;
import dev.hubkit.junit.WithHub;
import io.micronaut.test.support.TestPropertyProvider;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.TestInstance;

/**
 * Connects the application that Micronaut starts for a test class to the hub of the class: to the
 * one of {@link WithHub} or of a {@link dev.hubkit.junit.HubExtension} in a static field, or else
 * to the {@linkplain DefaultHub default hub} of the run. The class implements this interface; the
 * order of its annotations does not matter.
 *
 * {@snippet id="it/micronaut/src/test/java/kitchen/KitchenTest.java#micronaut" :
 * @MicronautTest
 * class KitchenTest implements HubPropertyProvider {
 *   @Inject Waiter waiter;
 *
 *   @Property(name = "hub.nats.url")
 *   String url;
 *
 *   @Test
 *   void theKitchenAnswers(HubResource hub) {
 *     assertEquals("soup is ready", waiter.order("soup"));
 *     assertEquals(hub.natsUrl(), url);
 *     hub.journal().await().published("kitchen.orders").atMost(Duration.ofSeconds(20));
 *   }
 * }
 * }
 *
 * <p>As with all property providers, JUnit makes one instance of the class for all its tests.
 */
@DefaultHub
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("exports") // Micronaut is an optional library
public interface HubPropertyProvider extends TestPropertyProvider {
  /**
   * Returns the properties for the application: {@code hub.nats.url} and {@code hub.fossil.url} of
   * the services that the hub has, {@code nats.default.addresses}, which micronaut-nats reads, and
   * the user and password of {@link #hubUser()} under {@code hub.nats} and {@code nats.default}.
   * Override it to add more, or refer to these in the configuration of the tests: {@code
   * orders.nats: ${hub.nats.url}}.
   */
  @Override
  default Map<String, String> getProperties() {
    HubAddresses addresses = HubAddresses.of(HubLocator.locate(getClass(), hubName()), hubUser());
    Map<String, String> properties = new LinkedHashMap<>(addresses.properties());
    properties.putAll(
        addresses.properties(
            "nats.default.addresses", null, "nats.default.username", "nats.default.password"));
    return properties;
  }

  /** Returns the {@linkplain WithHub#name() name} of the hub; empty for the only one. */
  default String hubName() {
    return "";
  }

  /**
   * Returns the user that the application logs in as, one declared by {@link
   * dev.hubkit.junit.WithUser} or in the configuration file; empty for none.
   */
  default String hubUser() {
    return "";
  }
}
