package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client frees space on a full disk. */
class FullDiskTest {
  private JetStreamFixture js;

  @BeforeEach
  void open(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
    js.require("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s.*\"],\"storage\":\"file\"}");
    js.faults.leave(50_000);
    int stored = 0;
    while (publish("s." + stored % 2)) {
      stored++;
    }
    assertThat(stored).isGreaterThan(100);
    assertThat(publish("s.0")).isFalse();
  }

  @AfterEach
  void close() {
    js.close();
  }

  private boolean publish(String subject) {
    try (JetStreamFixture.Inbox in = js.inbox("in")) {
      js.publish(subject, "in", "x".repeat(200));
      JsonObject answer = Json.parseObject(in.take().get(0).payload());
      return JetStreamFixture.error(answer).isEmpty();
    }
  }

  private void publishMany(int count) {
    for (int i = 0; i < count; i++) {
      assertThat(publish("s.0")).as("message %s", i).isTrue();
    }
  }

  private long messages() {
    JsonObject state = js.require("STREAM.INFO.S", "").object("state");
    assertThat(state).isNotNull();
    return state.integer("messages", -1);
  }

  @Test
  void aPurgeThatKeepsTheNewestMakesRoom() {
    js.require("STREAM.PURGE.S", "{\"keep\":2}");
    publishMany(100);
    js.restart();
    assertThat(messages()).isEqualTo(102);
  }

  @Test
  void aPurgeOfASubjectMakesRoom() {
    long before = messages();
    js.require("STREAM.PURGE.S", "{\"filter\":\"s.1\"}");
    publishMany(50);
    js.restart();
    assertThat(messages()).isEqualTo((before + 1) / 2 + 50);
  }

  @Test
  void aPurgeUpToASequenceMakesRoom() {
    js.require("STREAM.PURGE.S", "{\"seq\":90}");
    publishMany(50);
  }

  @Test
  void aPurgeOfAllMakesRoom() {
    js.require("STREAM.PURGE.S", "");
    publishMany(100);
  }
}
