package kitchen;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.quarkus.HubTestResource;
import dev.hubkit.junit.quarkus.InjectHub;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Has a hub with a stream, and a property of its own. */
// @start region="quarkus"
@QuarkusTest
@WithTestResource(
    value = HubTestResource.class,
    initArgs = {
      @ResourceArg(name = "streams", value = "COOKED=cooked.>"),
      @ResourceArg(name = "kitchen.greeting", value = "is served")
    })
class KitchenTest {
  HubResource hub;
  @InjectHub Connection waiter;
  @InjectHub JetStreamManagement streams;

  @Test
  void theKitchenAnswers() throws Exception {
    byte[] answer =
        waiter
            .request("kitchen.orders", "soup".getBytes(UTF_8), Duration.ofSeconds(20))
            .getData();
    assertEquals("soup is served", new String(answer, UTF_8));
    hub.journal().await().published("cooked.soup").atMost(Duration.ofSeconds(20));
    assertEquals(1, streams.getStreamInfo("COOKED").getStreamState().getMsgCount());
  }
}
// @end
