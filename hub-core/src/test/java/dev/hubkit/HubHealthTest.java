package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.work.Health;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks that a hub reports the parts that cannot continue to whoever asks about its health, also
 * from another process.
 */
class HubHealthTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path root;

  @Test
  void tellsWhatCannotGoOn() {
    try (Hub hub = Hub.start(root, HubOptions.forTests())) {
      assertThat(Hub.status(root).problem()).isNull();
      Health.Part stream = hub.nats().health().stream("$G", "ORDERS");
      stream.report("cannot be written to");
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> {
                HubStatus status = Hub.status(root);
                assertThat(status.running()).isTrue();
                assertThat(status.problem())
                    .contains("stream ORDERS of account $G: cannot be written to")
                    .contains("hub.log");
              });
      assertThat(hub.workspace().log()).content().contains("cannot be written to");

      stream.recovered();
      await().atMost(LONG).until(() -> Hub.status(root).problem() == null);

      Health.Part fossil = hub.fossilHealth().part("HTTP server fossil-http");
      fossil.report("serves nobody");
      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(Hub.status(root).problem())
                      .contains("HTTP server fossil-http: serves nobody"));
      fossil.recovered();
      await().atMost(LONG).until(() -> Hub.status(root).problem() == null);

      hub.restartNats();
      hub.nats().health().part("event loop 0").report("serves nobody");
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(Hub.status(root).problem()).contains("event loop 0: serves nobody"));
    }
    assertThat(root.resolve(".orchestrator/trouble")).doesNotExist();
    assertThat(Hub.status(root).problem()).isNull();
  }
}
