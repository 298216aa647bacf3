package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.Subscriber;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.jetstream.JetStreamFixture.Inbox;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that JetStream does in time follows one clock, which a test can advance. */
class VirtualTimeTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private final List<String> events = new ArrayList<>();
  private final List<Subscription> subscriptions = new ArrayList<>();
  private JetStreamFixture js;

  @BeforeEach
  void start(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
  }

  @AfterEach
  void stop() {
    subscriptions.forEach(js.account::unsubscribe);
    js.close();
  }

  /** Records which messages arrive on a subject, and when. */
  private void watch(String subject) {
    Subscriber subscriber =
        (subscription, message, batch) -> {
          String header = new String(message.header(), StandardCharsets.UTF_8);
          String said = message.text();
          if (header.contains("Nats-Marker-Reason")) {
            said = "marker";
          } else if (message.subject().startsWith("$JS.EVENT")) {
            said = "";
          }
          events.add(
              (Rfc3339.format(js.time.epochNanos()) + " " + message.subject() + " " + said)
                  .strip());
        };
    subscriptions.add(js.account.subscribe(subject, null, subscriber));
  }

  private void push(String stream, String name, String fields) {
    js.consumer(stream, name, "\"deliver_subject\":\"to." + name + "\"" + fields);
  }

  private void publish(String subject, String payload, String... headers) {
    StringBuilder block = new StringBuilder("NATS/1.0\r\n");
    for (String header : headers) {
      block.append(header).append("\r\n");
    }
    byte[] bytes = block.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    js.send(
        Message.of(
            subject,
            null,
            headers.length == 0 ? new byte[0] : bytes,
            payload.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aYearPassesInExactOrder() {
    // A consumer delivers only to subscribers of exactly its delivery subject.
    List.of("kv", "plan", "retried", "paused").forEach(name -> watch("to." + name));
    watch("$JS.EVENT.ADVISORY.CONSUMER.DELETED.>");
    watch("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>");
    watch("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.>");

    js.stream(
        "KV",
        "\"subjects\":[\"kv.*\"],\"max_age\":"
            + 90 * DAY
            + ",\"max_msgs_per_subject\":1,\"allow_msg_ttl\":true,\"allow_rollup_hdrs\":true,"
            + "\"subject_delete_marker_ttl\":"
            + DAY);
    push("KV", "kv", "");
    publish("kv.aged", "aged");
    publish("kv.short", "short", "Nats-TTL: 36h");

    js.stream(
        "PLAN",
        "\"subjects\":[\"plan.>\"],\"allow_msg_schedules\":true,\"allow_msg_ttl\":true,"
            + "\"allow_rollup_hdrs\":true");
    push("PLAN", "plan", ",\"filter_subject\":\"plan.out.*\"");
    publish(
        "plan.quarterly",
        "quarter",
        "Nats-Schedule: 0 0 0 1 1,4,7,10 *",
        "Nats-Schedule-Target: plan.out.quarter");
    publish(
        "plan.breakfast",
        "breakfast",
        "Nats-Schedule: 0 0 9 15 1,7 *",
        "Nats-Schedule-Time-Zone: America/New_York",
        "Nats-Schedule-Target: plan.out.breakfast");
    publish(
        "plan.often",
        "100 days",
        "Nats-Schedule: @every 2400h",
        "Nats-Schedule-Target: plan.out.often");
    publish(
        "plan.once",
        "Christmas",
        "Nats-Schedule: @at 2025-12-24T18:00:00Z",
        "Nats-Schedule-Target: plan.out.once");

    js.stream("WORK", "\"subjects\":[\"work\"]");
    push(
        "WORK",
        "retried",
        ",\"ack_policy\":\"explicit\",\"max_deliver\":4,\"backoff\":["
            + MINUTE
            + ","
            + HOUR
            + ","
            + DAY
            + "]");
    push("WORK", "paused", ",\"durable_name\":\"paused\",\"pause_until\":\"2025-06-01T12:00:00Z\"");
    js.consumer(
        "WORK", "lonely", "\"deliver_subject\":\"nobody\",\"inactive_threshold\":" + 7 * DAY);
    publish("work", "job");

    js.advance(Duration.ofDays(365));

    // One millisecond more lets messages that were delivered together fall due together.
    assertThat(events)
        .containsExactly(
            "2025-01-01T00:00:00Z kv.aged aged",
            "2025-01-01T00:00:00Z kv.short short",
            "2025-01-01T00:00:00Z $JS.EVENT.ADVISORY.CONSUMER.PAUSE.WORK.paused",
            "2025-01-01T00:00:00Z work job",
            "2025-01-01T00:01:00.001Z work job",
            "2025-01-01T01:01:00.001Z work job",
            "2025-01-02T01:01:00.001Z work job",
            "2025-01-02T12:00:00Z kv.short marker",
            "2025-01-03T01:01:00.001Z $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.retried",
            "2025-01-08T00:00:00Z $JS.EVENT.ADVISORY.CONSUMER.DELETED.WORK.lonely",
            "2025-01-15T14:00:00Z plan.out.breakfast breakfast",
            "2025-04-01T00:00:00Z kv.aged marker",
            "2025-04-01T00:00:00Z plan.out.quarter quarter",
            "2025-04-11T00:00:00Z plan.out.often 100 days",
            "2025-06-01T12:00:00Z $JS.EVENT.ADVISORY.CONSUMER.PAUSE.WORK.paused",
            "2025-06-01T12:00:00Z work job",
            "2025-07-01T00:00:00Z plan.out.quarter quarter",
            "2025-07-15T13:00:00Z plan.out.breakfast breakfast",
            "2025-07-20T00:00:00Z plan.out.often 100 days",
            "2025-10-01T00:00:00Z plan.out.quarter quarter",
            "2025-10-28T00:00:00Z plan.out.often 100 days",
            "2025-12-24T18:00:00Z plan.out.once Christmas",
            "2026-01-01T00:00:00Z plan.out.quarter quarter");
    assertThat(js.request("STREAM.INFO.KV", "").object("state").integer("messages", -1)).isZero();
  }

  @Test
  void duplicatesAreKnownForTheirWindow() {
    js.stream("S", "\"subjects\":[\"s\"],\"duplicate_window\":" + 2 * MINUTE);
    assertThat(acknowledgement("id")).doesNotContain("duplicate");
    js.advance(Duration.ofSeconds(119));
    assertThat(acknowledgement("id")).contains("\"duplicate\": true");
    js.advance(Duration.ofSeconds(1));
    assertThat(acknowledgement("id")).doesNotContain("duplicate");
  }

  private String acknowledgement(String id) {
    try (Inbox inbox = js.inbox("_INBOX.ack")) {
      byte[] header =
          ("NATS/1.0\r\nNats-Msg-Id: " + id + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
      js.send(Message.of("s", "_INBOX.ack", header, new byte[0]));
      return inbox.take().get(0).payload();
    }
  }

  @Test
  void heartbeatsComeWhenNothingElseDoes() {
    js.stream("S", "\"subjects\":[\"s\"]");
    List<String> heard = new ArrayList<>();
    Subscriber subscriber =
        (subscription, message, batch) ->
            heard.add(
                (js.time.epochNanos() - start()) / SECOND
                    + (message.headerLength() > 0 ? " beat" : " " + message.text()));
    subscriptions.add(js.account.subscribe("to.beat", null, subscriber));
    push("S", "beat", ",\"idle_heartbeat\":" + 30 * SECOND);
    js.advance(Duration.ofSeconds(70));
    publish("s", "message");
    js.advance(Duration.ofSeconds(65));
    assertThat(heard).containsExactly("30 beat", "60 beat", "70 message", "100 beat", "130 beat");
  }

  private static long start() {
    return 1_735_689_600L * SECOND;
  }

  @Test
  void batchesAreGivenUpWhenTheirPublisherFallsSilent() {
    js.stream("S", "\"subjects\":[\"s\"],\"allow_batched\":true");
    try (Inbox inbox = js.inbox("acks.>")) {
      publish("s", "acks.id.10.fail.1.0.$FI", 1);
      js.advance(Duration.ofSeconds(9));
      publish("s", "acks.id.10.fail.2.1.$FI", 2);
      js.advance(Duration.ofSeconds(9));
      publish("s", "acks.id.10.fail.2.4.$FI", 0);
      js.advance(Duration.ofSeconds(10));
      publish("s", "acks.id.10.fail.3.1.$FI", 3);
      assertThat(inbox.texts())
          .containsExactly(
              "{\"type\":\"ack\",\"seq\":0,\"msgs\":10}",
              "{\"type\":\"ack\",\"seq\":0,\"msgs\":10}",
              "{\"error\":{\"code\":400,\"err_code\":10208,\"description\":\"batch publish ID"
                  + " unknown\"},\"stream\":\"S\",\"seq\":0}");
    }
  }

  private void publish(String subject, String reply, int number) {
    js.publish(subject, reply, "message " + number);
  }

  @Test
  void aSnapshotWaitsForItsReaderOnlySoLong() {
    js.require("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}");
    for (int i = 0; i < 200; i++) {
      publish("s", "message " + i * 7919);
    }
    try (Inbox chunks = js.inbox("chunks")) {
      js.require(
          "STREAM.SNAPSHOT.S",
          "{\"deliver_subject\":\"chunks\",\"chunk_size\":1024,\"window_size\":2048}");
      assertThat(chunks.take()).hasSize(2);
      js.advance(Duration.ofSeconds(4));
      assertThat(chunks.take()).isEmpty();
      js.advance(Duration.ofSeconds(1));
      assertThat(chunks.texts()).containsExactly("408 No Flow Response");
    }
    try (Inbox chunks = js.inbox("chunks")) {
      js.require(
          "STREAM.SNAPSHOT.S",
          "{\"deliver_subject\":\"chunks\",\"chunk_size\":1024,\"window_size\":1024}");
    }
    js.require("STREAM.SNAPSHOT.S", "{\"deliver_subject\":\"nobody\",\"chunk_size\":1024}");
    js.advance(Duration.ofSeconds(7));
    js.require("STREAM.SNAPSHOT.S", "{\"deliver_subject\":\"nobody\"}");
    js.advance(Duration.ofSeconds(7));
  }

  @Test
  void aRestoreThatStallsLeavesNothing() {
    JsonObject answer =
        js.require("STREAM.RESTORE.S", "{\"config\":{\"name\":\"S\"},\"state\":{}}");
    String to = answer.string("deliver_subject", "");
    try (Inbox inbox = js.inbox("_INBOX.chunk");
        Inbox ended = js.inbox("$JS.EVENT.ADVISORY.STREAM.RESTORE_COMPLETE.S")) {
      // Each chunk begins the five seconds anew, also after one that is wrong.
      for (int i = 1; i <= 3; i++) {
        js.advance(Duration.ofSeconds(4));
        js.publish(to, "_INBOX.chunk", "\u00ff");
        assertThat(inbox.take()).hasSize(1);
        assertThat(ended.take()).isEmpty();
      }
      js.advance(Duration.ofSeconds(6));
      assertThat(ended.take()).hasSize(1);
      js.publish(to, "_INBOX.chunk", "");
      assertThat(inbox.take()).isEmpty();
    }
    js.require("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}");
  }
}
