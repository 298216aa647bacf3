package kitchen;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.hubkit.junit.HubResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Has a hub in place of the dev service of the NATS extension. */
@QuarkusTest
@TestProfile(HubProfile.class)
class ProfileTest {
  HubResource hub;

  @ConfigProperty(name = "quarkus.messaging.nats.devservices.enabled")
  boolean devService;

  @Test
  void theKitchenAnswers() throws Exception {
    byte[] answer =
        hub.connection()
            .request("kitchen.orders", "stew".getBytes(UTF_8), Duration.ofSeconds(20))
            .getData();
    assertEquals("stew is ready", new String(answer, UTF_8));
    assertFalse(devService);
  }
}
