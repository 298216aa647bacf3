package shop;

import static dev.hubkit.junit.message.JsonContent.json;
import static dev.hubkit.junit.stub.StubVerification.verify;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubkit.fixture.Fixture;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.RecordingInfo;
import dev.hubkit.junit.HubResource;
import dev.hubkit.junit.TestNats;
import dev.hubkit.junit.WithHub;
import dev.hubkit.junit.replay.Pace;
import dev.hubkit.junit.runner.NatsServerRunner;
import dev.hubkit.junit.stub.Stub;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services that are stubbed, traffic that is replayed, and servers without annotations. */
class StubsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  @WithHub(fossil = false)
  void servicesAreStubbed(HubResource hub, Connection nats) throws Exception {
    Stub stock =
        hub.stub("inventory.check.*").matching(json("$.count", 2)).reply(json("{\"ok\": true}"));
    byte[] answer =
        nats.request("inventory.check.42", "{\"count\": 2}".getBytes(UTF_8), SOON).getData();
    assertEquals("{\"ok\": true}", new String(answer, UTF_8));
    verify(stock).called(1);
  }

  @Test
  @WithHub(fossil = false)
  void recordedTrafficIsPublishedAgain(HubResource hub, @TempDir Path dir) throws Exception {
    Path file = dir.resolve("orders.hub");
    new Fixture(
            null,
            List.of(
                RecordedMessage.of(Duration.ZERO, "orders.1").withPayload("tea".getBytes(UTF_8)),
                RecordedMessage.of(Duration.ofHours(1), "orders.2")),
            RecordingInfo.of(Instant.EPOCH, "nats://shop"))
        .save(file);
    hub.replay(file.toString()).atPace(Pace.asFastAsPossible()).await(SOON);
    assertEquals(2, hub.journal().published("orders.*").count());
  }

  @Test
  void serversRunWithoutAnnotations() throws Exception {
    try (TestNats nats = TestNats.start();
        Connection client = nats.connect()) {
      client.flush(SOON);
    }
    try (NatsServerRunner server = new NatsServerRunner();
        Connection client = Nats.connect(server.getURI())) {
      client.flush(SOON);
    }
  }
}
