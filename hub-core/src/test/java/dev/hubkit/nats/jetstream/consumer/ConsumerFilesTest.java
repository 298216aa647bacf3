package dev.hubkit.nats.jetstream.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.jetstream.JetStreamFixture;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsumerFilesTest {
  private static final String CONFIG = "{\"durable_name\":\"C\",\"ack_policy\":\"explicit\"}";

  private JetStreamFixture js;

  @BeforeEach
  void open(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
    js.require("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"],\"storage\":\"file\"}");
  }

  @AfterEach
  void close() {
    js.close();
  }

  private String create() {
    return JetStreamFixture.error(
        js.request("CONSUMER.CREATE.S.C", "{\"stream_name\":\"S\",\"config\":" + CONFIG + "}"));
  }

  private List<String> names() {
    return js.require("CONSUMER.NAMES.S", "").strings("consumers");
  }

  @Test
  void aConsumerThatDidNotFitIsNeverThere() {
    int refused = 0;
    for (long space = 0; space < 1000; space += 5) {
      js.faults.leave(space);
      String error = create();
      js.faults.heal();
      assertThat(names()).hasSize(error.isEmpty() ? 1 : 0);
      js.restart();
      assertThat(names()).hasSize(error.isEmpty() ? 1 : 0);
      if (!error.isEmpty()) {
        assertThat(error).isEqualTo("10012 error creating store for consumer");
        refused++;
      } else {
        js.require("CONSUMER.DELETE.S.C", "");
      }
    }
    assertThat(refused).isBetween(20, 180);
  }

  @Test
  void comesBackAsItWas() {
    js.publish("s", "1");
    js.publish("s", "2");
    assertThat(create()).isEmpty();
    try (JetStreamFixture.Inbox in = js.inbox("in")) {
      js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "in", "2");
      js.publish(String.valueOf(in.take().get(0).reply()), "+ACK");
    }
    js.restart();
    assertThat(js.info("S", "C").integer("num_ack_pending", 0)).isEqualTo(1);
    assertThat(js.info("S", "C").integer("num_pending", -1)).isZero();
  }
}
