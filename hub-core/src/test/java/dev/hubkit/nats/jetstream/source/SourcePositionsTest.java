package dev.hubkit.nats.jetstream.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.jetstream.JetStreamFixture;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a stream goes on reading its sources, whatever became of the messages. */
class SourcePositionsTest {
  private JetStreamFixture js;

  @BeforeEach
  void start(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
    create("ORIGIN", "\"subjects\":[\"origin\"]");
    create("COPY", "\"sources\":[{\"name\":\"ORIGIN\"}]");
    publish(3);
    assertThat(messages()).isEqualTo(3);
  }

  @AfterEach
  void stop() {
    js.close();
  }

  private void create(String name, String fields) {
    js.require("STREAM.CREATE." + name, "{\"name\":\"" + name + "\"," + fields + "}");
  }

  private void publish(int count) {
    for (int i = 0; i < count; i++) {
      js.publish("origin", "message " + i);
    }
  }

  private JsonObject info() {
    return js.require("STREAM.INFO.COPY", "");
  }

  private long messages() {
    return info().object("state").integer("messages", -1);
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      js.time.advance(Duration.ofSeconds(1));
    }
  }

  @Test
  void areKeptWhenTheMessagesArePurged() {
    js.require("STREAM.PURGE.COPY", "");
    js.restart();
    publish(1);
    pass(2);

    assertThat(messages()).isEqualTo(1);
    assertThat(info().objects("sources").get(0).integer("seq", 0)).isEqualTo(4);
  }

  @Test
  void areFoundInTheMessagesThatCameAfterTheyWereKept() throws Exception {
    js.require("STREAM.PURGE.COPY", "");
    publish(2);
    // The files as a crash leaves them, with the positions of the purge.
    js.restart();
    publish(1);
    pass(2);

    assertThat(messages()).isEqualTo(3);
  }

  @Test
  void beginAnewWhenTheOriginIsCreatedAgain() {
    js.require("STREAM.DELETE.ORIGIN", "");
    js.time.advance(Duration.ofMillis(1));
    create("ORIGIN", "\"subjects\":[\"origin\"]");
    publish(2);
    pass(12);

    assertThat(messages()).isEqualTo(5);
    publish(1);
    assertThat(messages()).isEqualTo(6);
  }

  @Test
  void beginAnewWhenTheOriginWasCreatedAgainWhileTheServerWasDown() {
    js.require("STREAM.UPDATE.COPY", "{\"name\":\"COPY\",\"sources\":[]}");
    js.require("STREAM.DELETE.ORIGIN", "");
    js.time.advance(Duration.ofMillis(1));
    create("ORIGIN", "\"subjects\":[\"origin\"]");
    publish(5);
    js.restart();
    js.require("STREAM.UPDATE.COPY", "{\"name\":\"COPY\",\"sources\":[{\"name\":\"ORIGIN\"}]}");
    pass(2);

    assertThat(messages()).isEqualTo(8);
  }
}
