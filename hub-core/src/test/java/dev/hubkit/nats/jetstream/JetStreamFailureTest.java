package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.Injection;
import dev.hubkit.work.InjectionSource;
import dev.hubkit.work.WorkStep.Worker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Whatever is thrown at any step of JetStream's work, each request gets one answer, later requests
 * are served, acknowledged messages are there after a restart under their own sequences, and
 * JetStream leaves nothing behind when it ends.
 */
class JetStreamFailureTest {
  private static final String FIELDS =
      "\"allow_direct\":true,\"allow_msg_ttl\":true,\"allow_msg_schedules\":true";

  @TempDir Path directory;

  private JetStreamFixture fixture;

  /** The acknowledged messages, by stream and sequence. */
  private final Map<String, TreeMap<Long, String>> acknowledged = new HashMap<>();

  private final Set<String> delivered = new HashSet<>();

  @BeforeEach
  void begin() {
    fixture = new JetStreamFixture(directory);
  }

  @AfterEach
  void end() {
    fixture.close();
  }

  @ParameterizedTest
  @InjectionSource({
    Worker.SERIAL_EXECUTOR,
    Worker.API_REQUEST,
    Worker.MUTATION,
    Worker.INGEST,
    Worker.CONSUMER,
    Worker.STREAM_TIMER,
    Worker.FEED,
    Worker.SNAPSHOT,
    Worker.RESTORE,
    Worker.STORE_UPKEEP
  })
  void hitsNothingButItsOwnStep(Injection injection) {
    Thread mine = Thread.currentThread();
    try (Injection.Armed armed = injection.arm(thread -> thread == mine, 1)) {
      useEverything();
      if (injection.step().worker() == Worker.STORE_UPKEEP) {
        fillAndReclaim();
      }
      assertThat(armed.hasFired()).as("the work reached the step").isTrue();
    }
    othersAreServed();
    fixture.restart();
    assertThat(fixture.health.trouble()).isEmpty();
    whatWasAcknowledgedIsThere();
    useEverything();
    assertThat(fixture.health.trouble()).isEmpty();
    everythingIsDelivered();
  }

  // --- using it ---

  private void useEverything() {
    create("S", "\"subjects\":[\"s.>\"]," + FIELDS);
    answer("STREAM.UPDATE.S", config("S", "\"subjects\":[\"s.>\",\"s2\"]," + FIELDS));
    create("M", "\"mirror\":{\"name\":\"S\"}");
    create("C", "\"sources\":[{\"name\":\"S\"}]");
    String consumer = "\"durable_name\":\"P\",\"ack_policy\":\"explicit\",\"ack_wait\":1000000000";
    answer("CONSUMER.DURABLE.CREATE.S.P", consumer("S", consumer));
    try (JetStreamFixture.Inbox pushed = fixture.inbox("pushed")) {
      answer(
          "CONSUMER.CREATE.S.Q",
          consumer("S", "\"name\":\"Q\",\"deliver_subject\":\"pushed\",\"ack_policy\":\"none\""));
      for (int i = 0; i < 5; i++) {
        publish("S", "s." + i, "message " + acknowledgedCount() + "/" + i);
        pull(2);
      }
      fixture.publish("s2", "no reply");
      answer("CONSUMER.DELETE.S.Q", "");
    }
    send("s.ttl", "Nats-TTL: 1s");
    send("s.schedule", "Nats-Schedule: @at 2025-01-01T00:00:01Z\r\nNats-Schedule-Target: s.made");
    advance();
    pull(10);
    try (JetStreamFixture.Inbox inbox = fixture.inbox("_INBOX.direct")) {
      fixture.publish("$JS.API.DIRECT.GET.S", "_INBOX.direct", "{\"seq\":1}");
      assertThat(inbox.take()).as("answers to a direct get").hasSize(1);
    }
    snapshotAndRestore();
    answer("STREAM.INFO.S", "");
    answer("STREAM.LIST", "");
  }

  private void advance() {
    for (int i = 0; i < 8; i++) {
      fixture.advance(Duration.ofSeconds(1));
    }
    fixture.advance(Duration.ofMinutes(3));
  }

  private static String config(String name, String fields) {
    return "{\"name\":\"" + name + "\",\"storage\":\"file\"," + fields + "}";
  }

  private static String consumer(String stream, String fields) {
    return "{\"stream_name\":\"" + stream + "\",\"config\":{" + fields + "}}";
  }

  /** Sends a request and returns its only answer. */
  private JsonObject answer(String request, String body) {
    return fixture.request(request, body);
  }

  /** Creates a stream, in two attempts at most. */
  private void create(String name, String fields) {
    String refusal = JetStreamFixture.error(answer("STREAM.CREATE." + name, config(name, fields)));
    if (!refusal.isEmpty() && !refusal.startsWith("10058")) {
      assertThat(JetStreamFixture.error(answer("STREAM.CREATE." + name, config(name, fields))))
          .as("the second attempt, after: %s", refusal)
          .matches("|10058 .*");
    }
  }

  /** Publishes a message, which must get one answer, and records it if it is acknowledged. */
  private boolean publish(String stream, String subject, String text) {
    try (JetStreamFixture.Inbox inbox = fixture.inbox("_INBOX.publish")) {
      fixture.publish(subject, "_INBOX.publish", text);
      List<String> answers = inbox.texts();
      assertThat(answers).as("answers to %s", text).hasSize(1);
      JsonObject answer = Json.parseObject(answers.get(0));
      if (answer.object("error") != null) {
        return false;
      }
      String before =
          acknowledged
              .computeIfAbsent(stream, name -> new TreeMap<>())
              .put(answer.integer("seq", 0), text);
      assertThat(before).as("another message with the sequence of %s", text).isNull();
      return true;
    }
  }

  private int acknowledgedCount() {
    return acknowledged.getOrDefault("S", new TreeMap<>()).size();
  }

  private void send(String subject, String header) {
    byte[] bytes = ("NATS/1.0\r\n" + header + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    try (JetStreamFixture.Inbox inbox = fixture.inbox("_INBOX.send")) {
      fixture.send(Message.of(subject, "_INBOX.send", bytes, new byte[] {'x'}));
      assertThat(inbox.take()).as("answers to %s", header).hasSize(1);
    }
  }

  /** Pulls messages, and acknowledges those that come. */
  private void pull(int batch) {
    try (JetStreamFixture.Inbox inbox = fixture.inbox("_INBOX.pull")) {
      fixture.publish(
          "$JS.API.CONSUMER.MSG.NEXT.S.P",
          "_INBOX.pull",
          "{\"batch\":" + batch + ",\"no_wait\":true,\"expires\":500000000}");
      fixture.advance(Duration.ofSeconds(1));
      for (JetStreamFixture.Received each : inbox.take()) {
        String reply = each.reply();
        if (each.status().isEmpty() && reply != null) {
          delivered.add(each.payload());
          fixture.publish(reply, "_INBOX.acknowledged", "+ACK");
        }
      }
    }
  }

  private void snapshotAndRestore() {
    create("T", "\"subjects\":[\"t\"]");
    publish("T", "t", "kept in an archive");
    List<byte[]> chunks = snapshot();
    if (chunks == null) {
      chunks = snapshot();
    }
    if (chunks == null) {
      return; // its store is no longer usable
    }
    acknowledged.remove("T");
    if (!JetStreamFixture.error(answer("STREAM.DELETE.T", "")).isEmpty()) {
      answer("STREAM.DELETE.T", "");
    }
    boolean restored = restore(chunks);
    if (!restored && !restore(chunks)) {
      assertThat(JetStreamFixture.error(answer("STREAM.INFO.T", ""))).isEmpty();
    }
    answer("STREAM.DELETE.T", "");
  }

  /** Returns the chunks of an archive; null when the backup failed. */
  private @Nullable List<byte[]> snapshot() {
    List<Message> received = new ArrayList<>();
    Subscription chunks =
        fixture.account.subscribe(
            "snapshot", null, (subscription, message, batch) -> received.add(message.retain()));
    try {
      String refusal =
          JetStreamFixture.error(answer("STREAM.SNAPSHOT.T", "{\"deliver_subject\":\"snapshot\"}"));
      if (!refusal.isEmpty()) {
        return null;
      }
      fixture.advance(Duration.ofSeconds(10));
      assertThat(received).as("messages of the archive, which has at least an end").isNotEmpty();
      Message end = received.remove(received.size() - 1);
      assertThat(end.payloadLength()).isZero();
      String status = new String(end.header(), StandardCharsets.UTF_8);
      return status.contains("500") || status.contains("408")
          ? null
          : received.stream().map(Message::payload).toList();
    } finally {
      fixture.account.unsubscribe(chunks);
    }
  }

  private boolean restore(List<byte[]> chunks) {
    JsonObject begun =
        answer("STREAM.RESTORE.T", "{\"config\":" + config("T", "\"subjects\":[\"t\"]") + "}");
    if (!JetStreamFixture.error(begun).isEmpty()) {
      return false;
    }
    List<byte[]> all = new ArrayList<>(chunks);
    all.add(new byte[0]);
    for (byte[] chunk : all) {
      try (JetStreamFixture.Inbox inbox = fixture.inbox("_INBOX.restore")) {
        fixture.send(Message.of(begun.string("deliver_subject", ""), "_INBOX.restore", chunk));
        List<String> answers = inbox.texts();
        assertThat(answers).as("answers to a chunk").hasSize(1);
        if (answers.get(0).contains("\"error\"")) {
          return false;
        }
      }
    }
    return true;
  }

  private void fillAndReclaim() {
    create("BIG", "\"subjects\":[\"big\"],\"max_bytes\":3000000,\"compression\":\"s2\"");
    String text = "x".repeat(100_000);
    for (int i = 0; i < 45; i++) {
      fixture.publish("big", text);
    }
    answer("STREAM.PURGE.BIG", "{\"keep\":3}");
    for (int i = 0; i < 15; i++) {
      fixture.publish("big", text);
    }
    advance();
    answer("STREAM.DELETE.BIG", "");
  }

  // --- what must hold ---

  private void othersAreServed() {
    String name = "LATER";
    fixture.require("STREAM.CREATE." + name, config(name, "\"subjects\":[\"later\"]"));
    assertThat(publish(name, "later", "to another stream")).isTrue();
    fixture.require("STREAM.UPDATE." + name, config(name, "\"subjects\":[\"later.2\"]"));
    acknowledged.remove(name);
    fixture.require("STREAM.DELETE." + name, "");
    if (fixture.health.trouble().isEmpty()) {
      assertThat(publish("S", "s.later", "to the same stream")).isTrue();
    } else {
      assertThat(fixture.health.trouble())
          .hasValueSatisfying(trouble -> isToldOfTheStream(trouble.toString()));
    }
  }

  private void isToldOfTheStream(String trouble) {
    assertThat(trouble).startsWith("stream ").contains(" of account TEST: closed for writing");
    if (trouble.startsWith("stream S ")) {
      assertThat(publish("S", "s.later", "to one that takes nothing")).isFalse();
    }
  }

  private void whatWasAcknowledgedIsThere() {
    acknowledged.forEach(
        (stream, messages) ->
            messages.forEach(
                (sequence, text) -> {
                  JsonObject got =
                      fixture.require("STREAM.MSG.GET." + stream, "{\"seq\":" + sequence + "}");
                  JsonObject message = got.object("message");
                  assertThat(message).isNotNull();
                  String data =
                      new String(
                          Base64.getDecoder().decode(message.string("data", "")),
                          StandardCharsets.UTF_8);
                  assertThat(data).as("%s %d", stream, sequence).isEqualTo(text);
                }));
  }

  private void everythingIsDelivered() {
    for (int i = 0; i < 5; i++) {
      pull(100);
      fixture.advance(Duration.ofSeconds(2));
    }
    assertThat(delivered).containsAll(acknowledged.get("S").values());
    // The mirror has all acknowledged messages, too.
    fixture.advance(Duration.ofMinutes(1));
    JsonObject origin = fixture.require("STREAM.INFO.S", "").object("state");
    JsonObject mirror = fixture.require("STREAM.INFO.M", "").object("state");
    assertThat(mirror.integer("last_seq", 0)).isEqualTo(origin.integer("last_seq", 0));
  }
}
