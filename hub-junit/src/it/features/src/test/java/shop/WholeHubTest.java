package shop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.junit.Bucket;
import dev.hubkit.junit.FromHub;
import dev.hubkit.junit.HubPort;
import dev.hubkit.junit.HubProperty;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.HubUrl;
import dev.hubkit.junit.Service;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithSeed;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.ObjectStore;
import io.nats.client.Subscription;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Both servers, and all that is injected. */
@WithHub
@WithSeed(files = "menu.txt=soup 4.00")
@HubProperty(name = "shop.nats", service = Service.NATS)
class WholeHubTest {
  @FromHub static Connection ofTheClass;

  @HubUrl(Service.FOSSIL)
  URI repositoryUrl;

  HubResource hub;

  @BeforeAll
  static void before(JetStreamManagement streams) throws Exception {
    assertEquals(0, streams.getStreamNames().size());
  }

  @Test
  void ordersArrive(Connection nats) throws Exception {
    Subscription orders = nats.subscribe("orders.*");
    nats.publish("orders.42", "two coffees".getBytes(UTF_8));
    Message order = orders.nextMessage(Duration.ofSeconds(20));
    assertEquals("two coffees", new String(order.getData(), UTF_8));
  }

  @Test
  void everythingIsInjected(
      Connection nats,
      @Bucket("prices") KeyValue prices,
      @Bucket("pictures") ObjectStore pictures,
      FossilRepository repository,
      @HubPort(Service.NATS) int port,
      @FromHub Path root)
      throws Exception {
    assertEquals(hub.natsPort(), port);
    assertEquals(hub.natsUrl(), System.getProperty("shop.nats"));
    assertEquals(hub.fossilPort(), repositoryUrl.getPort());
    assertNotEquals(ofTheClass, nats);
    prices.put("tea", "2.50");
    assertEquals("2.50", nats.keyValue("prices").get("tea").getValueAsString());
    assertFalse(pictures.getStatus().isSealed());
    assertTrue(repository.file().startsWith(root.toRealPath()));
    byte[] menu = repository.read(tip -> tip.readFile(tip.resolve("tip"), "menu.txt"));
    assertEquals("soup 4.00", new String(menu, UTF_8));
  }
}
