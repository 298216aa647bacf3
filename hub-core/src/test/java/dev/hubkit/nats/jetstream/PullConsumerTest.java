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

class PullConsumerTest {
  private JetStreamFixture js;
  private Inbox in;

  @BeforeEach
  void open(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
    in = js.inbox("in");
    js.stream("S", "\"subjects\":[\"s.>\"]");
  }

  @AfterEach
  void close() {
    in.close();
    js.close();
  }

  private void pull(String request) {
    js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "in", request);
  }

  private void ack(Received message, String text) {
    js.publish(String.valueOf(message.reply()), text);
  }

  @Test
  void deliversWhatIsAskedForAndTakesAcknowledgements() {
    js.consumer("S", "C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
    js.publish("s.a", "1");
    js.publish("s.b", "2");
    js.publish("s.c", "3");
    pull("2");
    List<Received> first = in.take();
    assertThat(first).extracting(Received::payload).containsExactly("1", "2");
    assertThat(first).extracting(Received::subject).containsExactly("s.a", "s.b");
    assertThat(first.get(0).reply()).startsWith("$JS.ACK.S.C.1.1.1.").endsWith(".2");
    assertThat(first.get(1).reply()).startsWith("$JS.ACK.S.C.1.2.2.").endsWith(".1");

    ack(first.get(1), "+ACK");
    JsonObject info = js.info("S", "C");
    assertThat(info.integer("num_ack_pending", -1)).isEqualTo(1);
    assertThat(info.integer("num_pending", -1)).isEqualTo(1);
    assertThat(position(info, "delivered")).isEqualTo("2/2");
    assertThat(position(info, "ack_floor")).isEqualTo("0/0");
    ack(first.get(0), "");
    assertThat(position(js.info("S", "C"), "ack_floor")).isEqualTo("2/2");
  }

  @Test
  void answersADoubleAckAfterItWasTaken() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\"");
    js.publish("s.a", "1");
    pull("");
    Received message = in.take().get(0);
    js.publish(String.valueOf(message.reply()), "in", "+ACK");
    assertThat(in.take()).containsExactly(new Received("in", null, "", ""));
  }

  @Test
  void deliversAgainWhenTheAckWaitIsOver() {
    js.consumer(
        "S", "C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\",\"ack_wait\":60000000000");
    js.publish("s.a", "1");
    js.publish("s.a", "2");
    pull("10");
    assertThat(in.texts()).containsExactly("1", "2");
    js.advance(Duration.ofSeconds(60));
    assertThat(in.texts()).isEmpty();
    js.advance(Duration.ofMillis(1));
    List<Received> again = in.take();
    assertThat(again).extracting(Received::payload).containsExactly("1", "2");
    assertThat(again.get(0).reply()).startsWith("$JS.ACK.S.C.2.1.3.");
    assertThat(again.get(1).reply()).startsWith("$JS.ACK.S.C.2.2.4.");
    assertThat(js.info("S", "C").integer("num_redelivered", -1)).isEqualTo(2);
    ack(again.get(0), "+ACK");
    js.advance(Duration.ofHours(1));
    // Six requests are left, and one message falls due each minute.
    assertThat(in.texts()).containsExactly("2", "2", "2", "2", "2", "2");
    assertThat(js.info("S", "C").integer("num_ack_pending", -1)).isEqualTo(1);
  }

  @Test
  void waitsAsTheBackOffSaysAndGivesUp() {
    js.consumer(
        "S",
        "C",
        "\"ack_policy\":\"explicit\",\"max_deliver\":4,"
            + "\"backoff\":[1000000000,5000000000,20000000000]");
    try (Inbox advisories = js.inbox("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>")) {
      js.publish("s.a", "1");
      pull("10");
      assertThat(in.texts()).containsExactly("1");
      js.advance(Duration.ofMillis(999));
      assertThat(in.texts()).isEmpty();
      js.advance(Duration.ofMillis(2));
      assertThat(in.texts()).containsExactly("1");
      js.advance(Duration.ofMillis(4990));
      assertThat(in.texts()).isEmpty();
      js.advance(Duration.ofMillis(20));
      assertThat(in.texts()).containsExactly("1");
      js.advance(Duration.ofMillis(19_900));
      assertThat(in.texts()).isEmpty();
      js.advance(Duration.ofMillis(200));
      assertThat(in.texts()).containsExactly("1");
      js.advance(Duration.ofHours(1));
      assertThat(in.texts()).isEmpty();
      assertThat(advisories.take()).hasSize(1);
    }
    JsonObject info = js.info("S", "C");
    assertThat(info.integer("num_ack_pending", -1)).isZero();
    assertThat(info.integer("num_redelivered", -1)).isEqualTo(1);
  }

  @Test
  void obeysNakDelayTermAndProgress() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\",\"ack_wait\":10000000000");
    for (int i = 1; i <= 4; i++) {
      js.publish("s.a", "" + i);
    }
    pull("10000");
    List<Received> all = in.take();
    ack(all.get(0), "-NAK");
    assertThat(in.texts()).containsExactly("1");
    ack(all.get(1), "-NAK {\"delay\": 3600000000000}");
    try (Inbox advisories = js.inbox("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C")) {
      ack(all.get(2), "+TERM bad");
      assertThat(advisories.take().get(0).payload()).contains("\"reason\":\"bad\"");
    }
    js.advance(Duration.ofSeconds(9));
    ack(all.get(3), "+WPI");
    js.advance(Duration.ofSeconds(2));
    assertThat(in.texts()).containsExactly("1");
    js.advance(Duration.ofSeconds(9));
    assertThat(in.texts()).containsExactly("4", "1");
    js.advance(Duration.ofMinutes(59).plusSeconds(39));
    assertThat(in.texts()).doesNotContain("2", "3");
    js.advance(Duration.ofSeconds(2));
    assertThat(in.texts()).contains("2").doesNotContain("3");
  }

  @Test
  void nextAcknowledgesAndAsksForMore() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\"");
    for (int i = 1; i <= 4; i++) {
      js.publish("s.a", "" + i);
    }
    pull("");
    js.publish(String.valueOf(in.take().get(0).reply()), "in", "+NXT {\"batch\": 2}");
    assertThat(in.texts()).containsExactly("2", "3");
    assertThat(js.info("S", "C").integer("num_ack_pending", -1)).isEqualTo(2);
  }

  @Test
  void endsRequestsWithTheRightStatus() {
    js.consumer(
        "S",
        "C",
        "\"ack_policy\":\"explicit\",\"max_waiting\":1,\"max_batch\":10,\"max_expires\":60000000000,"
            + "\"max_bytes\":1000");
    pull("{\"batch\":1,\"no_wait\":true}");
    pull("{\"batch\":11}");
    pull("{\"batch\":1,\"expires\":61000000000}");
    pull("{\"batch\":1,\"max_bytes\":1001}");
    pull("{\"batch\":1,\"expires\":1000,\"idle_heartbeat\":600}");
    pull("{\"batch\":1,\"priority\":10}");
    pull("{\"batch\":1,\"id\":\"x\"}");
    pull("{\"batch\":1,\"min_pending\":5}");
    pull("{\"batch\":3,\"expires\":5000000000,\"max_bytes\":500}");
    pull("{\"batch\":1}");
    assertThat(in.texts())
        .containsExactly(
            "404 No Messages",
            "409 Exceeded MaxRequestBatch of 10",
            "409 Exceeded MaxRequestExpires of 1m0s",
            "409 Exceeded MaxRequestMaxBytes of 1000",
            "400 Bad Request - heartbeat value too large",
            "400 Bad Request - Priority must be between 0 and 9",
            "400 Bad Request - Not a Pinned Client Priority consumer",
            "400 Bad Request - Not a Overflow Priority consumer",
            "409 Exceeded MaxWaiting");
    js.publish("s.a", "1");
    assertThat(in.texts()).containsExactly("1");
    js.advance(Duration.ofSeconds(5));
    Received timeout = in.take().get(0);
    assertThat(timeout.status()).isEqualTo("408 Request Timeout");
    assertThat(timeout.header()).contains("Nats-Pending-Messages: 2\r\n", "Nats-Pending-Bytes: ");
  }

  @Test
  void sendsHeartbeatsToOneThatWaits() {
    js.consumer("S", "C", "\"ack_policy\":\"none\"");
    pull("{\"batch\":10,\"expires\":30000000000,\"idle_heartbeat\":10000000000}");
    js.advance(Duration.ofSeconds(9));
    js.publish("s.a", "1");
    assertThat(in.texts()).containsExactly("1");
    js.advance(Duration.ofSeconds(9));
    assertThat(in.texts()).isEmpty();
    js.advance(Duration.ofSeconds(11));
    List<Received> last = in.take();
    assertThat(last.get(0).header())
        .isEqualTo(
            "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1\r\nNats-Last-Stream: 1\r\n\r\n");
    js.advance(Duration.ofMinutes(1));
    assertThat(in.texts()).containsExactly("408 Request Timeout");
  }

  @Test
  void stopsAtMaxBytesAndTellsWhatIsLeft() {
    js.consumer("S", "C", "\"ack_policy\":\"none\"");
    js.publish("s.a", "x".repeat(100));
    js.publish("s.a", "y".repeat(100));
    pull("{\"batch\":5,\"max_bytes\":200}");
    List<Received> received = in.take();
    assertThat(received.get(1).status()).isEqualTo("409 Message Size Exceeds MaxBytes");
    assertThat(received.get(1).header()).contains("Nats-Pending-Messages: 4\r\n");
    pull("{\"batch\":1,\"max_bytes\":1000}");
    assertThat(in.take().get(1).status()).isEqualTo("409 Batch Completed");
  }

  @Test
  void holdsBackAtMaxAckPending() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\",\"max_ack_pending\":2");
    for (int i = 1; i <= 5; i++) {
      js.publish("s.a", "" + i);
    }
    pull("5");
    List<Received> received = in.take();
    assertThat(received).hasSize(2);
    ack(received.get(0), "+ACK");
    assertThat(in.texts()).containsExactly("3");
  }

  @Test
  void forgetsRequestsOfClientsThatAreGone() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\"");
    try (Inbox gone = js.inbox("gone")) {
      js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "gone", "5");
    }
    pull("1");
    js.publish("s.a", "1");
    assertThat(in.texts()).containsExactly("1");
    assertThat(js.info("S", "C").integer("num_waiting", -1)).isZero();
  }

  @Test
  void tellsThoseWhoWaitThatItIsDeleted() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\"");
    pull("1");
    assertThat(js.require("CONSUMER.DELETE.S.C", "").bool("success", false)).isTrue();
    assertThat(in.texts()).containsExactly("409 Consumer Deleted");
    assertThat(JetStreamFixture.error(js.request("CONSUMER.INFO.S.C", "")))
        .isEqualTo("10014 consumer not found");
  }

  @Test
  void endsWhenNobodyAsksAnyMore() {
    js.consumer("S", "C", "\"ack_policy\":\"explicit\",\"inactive_threshold\":60000000000");
    js.advance(Duration.ofSeconds(50));
    pull("{\"batch\":1,\"expires\":30000000000}");
    js.advance(Duration.ofSeconds(40));
    in.take();
    js.info("S", "C");
    js.advance(Duration.ofSeconds(62));
    assertThat(JetStreamFixture.error(js.request("CONSUMER.INFO.S.C", "")))
        .isEqualTo("10014 consumer not found");
  }

  @Test
  void endsSoonAfterTheLastAcknowledgement() {
    js.consumer(
        "S",
        "C",
        "\"ack_policy\":\"explicit\",\"ack_wait\":3600000000000,"
            + "\"inactive_threshold\":60000000000");
    js.publish("s.a", "1");
    pull("1");
    Received message = in.take().get(0);
    // The consumer stays while its client may still be working on the message.
    js.advance(Duration.ofMinutes(30));
    js.info("S", "C");
    ack(message, "+ACK");
    js.advance(Duration.ofSeconds(62));
    assertThat(JetStreamFixture.error(js.request("CONSUMER.INFO.S.C", "")))
        .isEqualTo("10014 consumer not found");
  }

  @Test
  void pausesAndGoesOn() {
    js.consumer("S", "C", "\"ack_policy\":\"none\"");
    JsonObject paused =
        js.require("CONSUMER.PAUSE.S.C", "{\"pause_until\":\"2025-01-01T01:00:00Z\"}");
    assertThat(paused.bool("paused", false)).isTrue();
    assertThat(paused.integer("pause_remaining", 0)).isEqualTo(3_600_000_000_000L);
    pull("5");
    js.publish("s.a", "1");
    js.advance(Duration.ofMinutes(59));
    assertThat(in.texts()).isEmpty();
    js.advance(Duration.ofMinutes(1));
    assertThat(in.texts()).containsExactly("1");
  }

  @Test
  void pinsOneClientUntilItFallsSilent() {
    js.consumer(
        "S",
        "C",
        "\"ack_policy\":\"none\",\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"A\"],"
            + "\"priority_timeout\":10000000000");
    try (Inbox other = js.inbox("other")) {
      pull("{\"batch\":5,\"group\":\"A\"}");
      js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "other", "{\"batch\":5,\"group\":\"A\"}");
      js.publish("s.a", "1");
      js.publish("s.a", "2");
      List<Received> received = in.take();
      assertThat(received).extracting(Received::payload).containsExactly("1", "2");
      assertThat(received.get(0).header()).matches("(?s)NATS/1.0\r\nNats-Pin-Id: \\w{22}\r\n\r\n");
      assertThat(other.texts()).isEmpty();
      js.advance(Duration.ofSeconds(11));
      js.publish("s.a", "3");
      assertThat(other.texts()).containsExactly("3");
      assertThat(in.texts()).isEmpty();
      js.publish("s.a", "4");
      assertThat(other.texts()).containsExactly("4");
      assertThat(in.texts()).containsExactly("423 Nats-Wrong-Pin-Id");
    }
  }

  @Test
  void pinsTheNextClientWhenTheFirstIsGone() {
    js.consumer(
        "S",
        "C",
        "\"ack_policy\":\"none\",\"priority_policy\":\"pinned_client\",\"priority_groups\":[\"A\"]");
    pull("{\"batch\":1,\"group\":\"A\"}");
    js.publish("s.a", "1");
    assertThat(in.texts()).containsExactly("1");
    Inbox gone = js.inbox("gone");
    js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "gone", "{\"batch\":5,\"group\":\"A\"}");
    gone.close();
    pull("{\"batch\":5,\"group\":\"A\"}");
    js.publish("s.a", "2");
    assertThat(in.texts()).isEmpty();
    js.publish("$JS.API.CONSUMER.UNPIN.S.C", "{\"group\":\"A\"}");
    assertThat(in.texts()).containsExactly("2");
  }

  @Test
  void keepsOverflowForWhenThereIsMuch() {
    js.consumer(
        "S",
        "C",
        "\"ack_policy\":\"none\",\"priority_policy\":\"overflow\",\"priority_groups\":[\"A\"]");
    pull("{\"batch\":5,\"group\":\"A\",\"min_pending\":3}");
    js.publish("s.a", "1");
    js.publish("s.a", "2");
    assertThat(in.texts()).isEmpty();
    js.publish("s.a", "3");
    assertThat(in.texts()).containsExactly("1");
  }

  private static String position(JsonObject info, String field) {
    JsonObject pair = info.object(field);
    return pair == null
        ? ""
        : pair.integer("consumer_seq", -1) + "/" + pair.integer("stream_seq", -1);
  }
}
