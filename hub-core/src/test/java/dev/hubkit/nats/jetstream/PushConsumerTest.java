package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.JetStreamFixture.Inbox;
import dev.hubkit.nats.jetstream.JetStreamFixture.Received;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PushConsumerTest {
  private JetStreamFixture js;

  @BeforeEach
  void open(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
    js.stream("S", "\"subjects\":[\"s.>\"]");
  }

  @AfterEach
  void close() {
    js.close();
  }

  @Test
  void sendsAsSoonAsSomebodyListens() {
    js.publish("s.a", "1");
    js.consumer("S", "C", "\"durable_name\":\"C\",\"deliver_subject\":\"in\"");
    assertThat(js.info("S", "C").bool("push_bound", false)).isFalse();
    try (Inbox in = js.inbox("in")) {
      assertThat(in.texts()).containsExactly("1");
      js.publish("s.b", "2");
      assertThat(in.texts()).containsExactly("2");
      assertThat(js.info("S", "C").bool("push_bound", false)).isTrue();
    }
    js.publish("s.b", "3");
    try (Inbox in = js.inbox("in")) {
      assertThat(in.texts()).containsExactly("3");
    }
  }

  @Test
  void beatsWhenIdle() {
    try (Inbox in = js.inbox("in")) {
      js.consumer("S", "C", "\"deliver_subject\":\"in\",\"idle_heartbeat\":5000000000");
      js.advance(Duration.ofSeconds(4));
      js.publish("s.a", "1");
      assertThat(in.texts()).containsExactly("1");
      js.advance(Duration.ofSeconds(4));
      assertThat(in.texts()).isEmpty();
      js.advance(Duration.ofSeconds(1));
      assertThat(in.take().get(0).header())
          .isEqualTo(
              "NATS/1.0 100 Idle Heartbeat\r\n"
                  .concat("Nats-Last-Consumer: 1\r\nNats-Last-Stream: 1\r\n\r\n"));
      js.advance(Duration.ofHours(1));
      assertThat(in.texts()).hasSize(720);
    }
  }

  @Test
  void keepsInStepWithASlowSubscriber() {
    String payload = "x".repeat(100_000);
    for (int i = 0; i < 100; i++) {
      js.publish("s.a", payload);
    }
    try (Inbox in = js.inbox("in")) {
      js.consumer(
          "S",
          "C",
          "\"deliver_subject\":\"in\",\"flow_control\":true,\"idle_heartbeat\":5000000000");
      List<Received> first = in.take();
      // The window of 2 MiB is full; a flow control request came half way.
      assertThat(first).hasSizeBetween(20, 24);
      Received request =
          first.stream().filter(m -> m.status().equals("100 FlowControl Request")).findAny().get();
      js.advance(Duration.ofSeconds(5));
      assertThat(in.take().get(0).header())
          .contains("Nats-Consumer-Stalled: " + request.reply() + "\r\n\r\n");
      js.publish(String.valueOf(request.reply()), "");
      assertThat(in.take()).hasSizeGreaterThan(20);
    }
  }

  @Test
  void endsWhenNobodyListensAnyMore() {
    try (Inbox in = js.inbox("in")) {
      js.consumer("S", "C", "\"deliver_subject\":\"in\",\"inactive_threshold\":60000000000");
      js.advance(Duration.ofHours(1));
      js.info("S", "C");
      assertThat(in.texts()).isEmpty();
    }
    js.advance(Duration.ofSeconds(59));
    js.info("S", "C");
    js.advance(Duration.ofSeconds(2));
    assertThat(JetStreamFixture.error(js.request("CONSUMER.INFO.S.C", "")))
        .isEqualTo("10014 consumer not found");
  }

  @Test
  void livesOnWhenItIsUpdated() {
    js.consumer("S", "C", "\"deliver_subject\":\"in\"");
    for (int i = 0; i < 3; i++) {
      js.advance(Duration.ofSeconds(4));
      js.info("S", "C");
      js.consumer("S", "C", "\"deliver_subject\":\"in\",\"description\":\"" + i + "\"");
    }
    js.advance(Duration.ofMillis(6001));
    assertThat(JetStreamFixture.error(js.request("CONSUMER.INFO.S.C", "")))
        .isEqualTo("10014 consumer not found");
  }

  @Test
  void replaysAsItWas() {
    js.publish("s.a", "1");
    js.advance(Duration.ofSeconds(10));
    js.publish("s.a", "2");
    js.advance(Duration.ofHours(2));
    js.publish("s.a", "3");
    try (Inbox in = js.inbox("in")) {
      js.consumer("S", "C", "\"deliver_subject\":\"in\",\"replay_policy\":\"original\"");
      assertThat(in.texts()).containsExactly("1");
      js.advance(Duration.ofSeconds(9));
      assertThat(in.texts()).isEmpty();
      js.advance(Duration.ofSeconds(1));
      assertThat(in.texts()).containsExactly("2");
      js.advance(Duration.ofHours(2));
      assertThat(in.texts()).containsExactly("3");
      js.publish("s.a", "4");
      assertThat(in.texts()).containsExactly("4");
    }
  }

  @Test
  void keepsToItsRate() {
    js.stream("R", "\"subjects\":[\"r\"],\"max_msg_size\":1000");
    for (int i = 0; i < 10; i++) {
      js.publish("r", "x".repeat(900));
    }
    try (Inbox in = js.inbox("in")) {
      js.consumer("R", "C", "\"deliver_subject\":\"in\",\"rate_limit_bps\":8000");
      assertThat(in.take()).hasSize(1);
      js.advance(Duration.ofSeconds(5));
      assertThat(in.take()).hasSizeBetween(4, 6);
    }
  }

  @Test
  void sendsOnlyHeaders() {
    try (Inbox in = js.inbox("in")) {
      js.consumer("S", "C", "\"deliver_subject\":\"in\",\"headers_only\":true");
      js.publish("s.a", "12345");
      Received message = in.take().get(0);
      assertThat(message.header()).isEqualTo("NATS/1.0\r\nNats-Msg-Size: 5\r\n\r\n");
      assertThat(message.payload()).isEmpty();
    }
  }

  @Test
  void startsWhereItIsTold() {
    for (int i = 1; i <= 6; i++) {
      js.publish("s." + (i % 3), "" + i);
      js.advance(Duration.ofSeconds(1));
    }
    assertThat(deliver("\"deliver_policy\":\"all\"")).containsExactly("1", "2", "3", "4", "5", "6");
    assertThat(deliver("\"deliver_policy\":\"last\"")).containsExactly("6");
    assertThat(deliver("\"deliver_policy\":\"last\",\"filter_subject\":\"s.1\""))
        .containsExactly("4");
    assertThat(deliver("\"deliver_policy\":\"new\"")).isEmpty();
    assertThat(deliver("\"deliver_policy\":\"by_start_sequence\",\"opt_start_seq\":5"))
        .containsExactly("5", "6");
    assertThat(
            deliver(
                "\"deliver_policy\":\"by_start_time\","
                    + "\"opt_start_time\":\"2025-01-01T00:00:02.5Z\""))
        .containsExactly("4", "5", "6");
    assertThat(deliver("\"deliver_policy\":\"last_per_subject\",\"filter_subject\":\"s.>\""))
        .containsExactly("4", "5", "6");
    assertThat(deliver("\"filter_subjects\":[\"s.0\",\"s.2\"]"))
        .containsExactly("2", "3", "5", "6");
  }

  private List<String> deliver(String fields) {
    try (Inbox in = js.inbox("in")) {
      JsonObject info = js.consumer("S", "C", "\"deliver_subject\":\"in\"," + fields);
      List<String> texts = in.texts();
      assertThat(info.integer("num_pending", -1)).isEqualTo(texts.size());
      js.require("CONSUMER.DELETE.S.C", "");
      return texts;
    }
  }

  @Test
  void acknowledgesUpToTheOneAcknowledged() {
    try (Inbox in = js.inbox("in")) {
      js.consumer("S", "C", "\"deliver_subject\":\"in\",\"ack_policy\":\"all\"");
      for (int i = 1; i <= 5; i++) {
        js.publish("s.a", "" + i);
      }
      js.publish(String.valueOf(in.take().get(3).reply()), "+ACK");
      JsonObject info = js.info("S", "C");
      assertThat(info.integer("num_ack_pending", -1)).isEqualTo(1);
      assertThat(info.object("ack_floor").integer("stream_seq", -1)).isEqualTo(4);
    }
  }

  @Test
  void dropsFromAnInterestStreamWhatEverybodyHasAcknowledged() {
    js.stream("I", "\"subjects\":[\"i\"],\"retention\":\"interest\"");
    try (Inbox one = js.inbox("one");
        Inbox two = js.inbox("two")) {
      js.publish("i", "nobody wants it");
      js.consumer("I", "A", "\"deliver_subject\":\"one\",\"ack_policy\":\"explicit\"");
      js.consumer("I", "B", "\"deliver_subject\":\"two\",\"ack_policy\":\"none\"");
      js.publish("i", "1");
      js.publish("i", "2");
      assertThat(two.texts()).containsExactly("1", "2");
      assertThat(messages("I")).isEqualTo(2);
      List<Received> received = one.take();
      js.publish(String.valueOf(received.get(0).reply()), "+ACK");
      assertThat(messages("I")).isEqualTo(1);
      js.require("CONSUMER.DELETE.I.A", "");
      assertThat(messages("I")).isZero();
    }
  }

  @Test
  void dropsFromAWorkQueueWhatIsAcknowledged() {
    js.stream("W", "\"subjects\":[\"w\"],\"retention\":\"workqueue\"");
    js.publish("w", "1");
    js.publish("w", "2");
    try (Inbox in = js.inbox("in")) {
      js.consumer("W", "A", "\"deliver_subject\":\"in\",\"ack_policy\":\"explicit\"");
      List<Received> received = in.take();
      js.publish(String.valueOf(received.get(1).reply()), "+ACK");
      assertThat(messages("W")).isEqualTo(1);
      js.publish(String.valueOf(received.get(0).reply()), "+TERM");
      assertThat(messages("W")).isZero();
    }
  }

  private long messages(String stream) {
    return js.require("STREAM.INFO." + stream, "").object("state").integer("messages", -1);
  }
}
