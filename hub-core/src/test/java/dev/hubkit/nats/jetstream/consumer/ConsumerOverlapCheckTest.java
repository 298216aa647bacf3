package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.jetstream.JetStreamFixture;
import dev.hubkit.nats.jetstream.config.AccountLimits;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsumerOverlapCheckTest {
  @TempDir private Path directory;

  @ParameterizedTest(name = "tier {0}, {1} by account, {2} by stream: {3} consumers")
  @CsvSource({"'', 2, -1, 2", "R1, 2, -1, 2", "R1, 2, 5, 2", "R1, 3, 1, 1", "R1, -1, 2, 2"})
  void keepsToTheLowerLimit(String tier, long byAccount, long byStream, int room) {
    AccountLimits limits = new AccountLimits(-1, -1, -1, byAccount, -1, -1, -1, false);
    try (JetStreamFixture js = new JetStreamFixture(directory, Map.of(tier, limits))) {
      // A stream asks for no more than its account allows.
      long max = byAccount > 0 ? Math.min(byStream, byAccount) : byStream;
      js.stream("S", "\"subjects\":[\"s.>\"],\"max_consumers\":" + max);
      for (int i = 0; i < room; i++) {
        js.consumer("S", "C" + i, "\"ack_policy\":\"none\"");
      }
      assertThat(error(js, "more", "")).isEqualTo("10026 maximum consumers limit reached");
      js.require("CONSUMER.DELETE.S.C0", "");
      assertThat(error(js, "more", "")).isEmpty();
    }
  }

  @Test
  void givesNoMessageOfAWorkQueueToTwo() {
    try (JetStreamFixture js = new JetStreamFixture(directory)) {
      js.stream("S", "\"subjects\":[\"s.>\"],\"retention\":\"workqueue\"");
      String explicit = "\"ack_policy\":\"explicit\"";
      assertThat(error(js, "A", explicit + ",\"filter_subjects\":[\"s.a\",\"s.b.*\"]")).isEmpty();
      assertThat(error(js, "B", explicit)).startsWith("10099 ");
      assertThat(error(js, "B", explicit + ",\"filter_subject\":\"s.b.1\"")).startsWith("10100 ");
      assertThat(error(js, "B", explicit + ",\"filter_subject\":\"s.c\"")).isEmpty();
      assertThat(error(js, "B", explicit + ",\"filter_subject\":\"s.>\"")).startsWith("10100 ");
      // A consumer does not overlap with itself.
      assertThat(error(js, "A", explicit + ",\"filter_subject\":\"s.b.>\"")).isEmpty();
    }
  }

  private static String error(JetStreamFixture js, String name, String fields) {
    String config = "{\"name\":\"" + name + "\"" + (fields.isEmpty() ? "" : "," + fields) + "}";
    return JetStreamFixture.error(
        js.request(
            "CONSUMER.CREATE.S." + name, "{\"stream_name\":\"S\",\"config\":" + config + "}"));
  }
}
