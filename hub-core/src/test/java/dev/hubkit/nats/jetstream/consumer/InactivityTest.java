package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.JetStreamFixture;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a consumer that nobody uses is deleted. */
class InactivityTest {
  private static final Duration STEP = Duration.ofMillis(50);

  @Test
  void countsFromTheEndOfTheLastRequest(@TempDir Path directory) {
    try (JetStreamFixture js = new JetStreamFixture(directory);
        JetStreamFixture.Inbox inbox = js.inbox("in")) {
      js.stream("S", "\"subjects\":[\"s\"]");
      js.consumer("S", "c", "\"ack_policy\":\"explicit\",\"inactive_threshold\":5000000000");
      js.publish("$JS.API.CONSUMER.MSG.NEXT.S.c", "in", "{\"batch\":1,\"expires\":4000000000}");

      pass(js, 8);
      assertThat(inbox.texts()).containsExactly("408 Request Timeout");
      js.info("S", "c");

      pass(js, 4);
      JsonObject gone = js.request("CONSUMER.INFO.S.c", "");
      assertThat(JetStreamFixture.error(gone)).contains("consumer not found");
    }
  }

  private static void pass(JetStreamFixture js, int seconds) {
    for (long i = 0; i < seconds * 1000L / STEP.toMillis(); i++) {
      js.time.advance(STEP);
    }
  }
}
