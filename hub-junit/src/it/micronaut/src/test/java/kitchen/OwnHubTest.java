package kitchen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.WithUser;
import dev.hubkit.junit.micronaut.HubPropertyProvider;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import io.nats.client.Connection;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Has a hub of its own, as a user, below the annotation of Micronaut. */
@MicronautTest
@WithHub(name = "kitchen", fossil = false)
@WithUser(name = "cook", password = "secret")
@WithStream(name = "ORDERS", subjects = "orders.>")
class OwnHubTest implements HubPropertyProvider {
  @Inject Connection application;
  @Inject Waiter waiter;

  @Override
  public String hubName() {
    return "kitchen";
  }

  @Override
  public String hubUser() {
    return "cook";
  }

  @Override
  public Map<String, String> getProperties() {
    Map<String, String> all = new HashMap<>(HubPropertyProvider.super.getProperties());
    all.put("nats.default.no-echo", "false");
    return all;
  }

  @Test
  void theApplicationIsTheCook(HubResource hub) throws Exception {
    assertEquals("soup is ready", waiter.order("soup"));
    assertEquals(hub.hub().nats().id(), application.getServerInfo().getServerId());
    assertTrue(
        hub.clients().all().stream().anyMatch(client -> "cook".equals(client.options().user())));
    assertTrue(application.jetStreamManagement().getStreamNames().contains("ORDERS"));
  }
}
