package shop;

import static dev.hubkit.junit.assertj.HubAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.junit.AsUser;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.Storage;
import dev.hubkit.junit.WithFixture;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.WithNatsConfig;
import dev.hubkit.junit.WithStream;
import dev.hubkit.junit.WithStubs;
import io.nats.client.Connection;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of the class path: fixtures, stubs, streams and configurations. */
class FilesTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  @WithHub(fossil = false)
  @WithFixture("orders.hub")
  void aFixtureIsRestored(HubResource hub, @TempDir Path dir) {
    assertThat(hub).stream("ORDERS").hasMessages(2);
    Path saved = dir.resolve("journal.hub");
    hub.journal().save(saved);
    assertThat(hub.journal()).isLike(saved);
  }

  @Test
  @WithHub(fossil = false)
  @WithStubs("classpath:stubs")
  void stubsAreRead(Connection nats) throws Exception {
    byte[] answer =
        nats.request("inventory.check.tea", "{\"count\": 2}".getBytes(UTF_8), SOON).getData();
    assertEquals("{\"item\":\"tea\",\"available\":true}", new String(answer, UTF_8));
  }

  @Test
  @WithHub(fossil = false)
  @WithStream(file = "classpath:orders.json", storage = Storage.MEMORY)
  void aStreamIsThatOfItsFile(HubResource hub) {
    assertThat(hub).stream("ORDERS").isEmpty();
  }

  @Test
  @WithHub(fossil = false)
  @WithNatsConfig("classpath:restaurant.conf")
  void aConfigurationIsRead(@AsUser("waiter") Connection waiter) throws Exception {
    waiter.flush(SOON);
  }
}
