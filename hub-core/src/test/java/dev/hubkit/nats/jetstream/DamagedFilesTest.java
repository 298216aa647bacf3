package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damages the descriptions of streams and consumers between two lives of a server: the server keeps
 * and reports the data that they describe, and uses it again for the next stream or consumer of
 * that name.
 */
class DamagedFilesTest {
  private static final String FILE = "{\"name\":\"S\",\"subjects\":[\"s\"],\"storage\":\"file\"}";
  private JetStreamFixture js;

  @BeforeEach
  void open(@TempDir Path directory) {
    js = new JetStreamFixture(directory);
    js.require("STREAM.CREATE.S", FILE);
    for (int i = 1; i <= 5; i++) {
      js.publish("s", "m" + i);
    }
    js.consumer("S", "C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
    acknowledge(2);
  }

  @AfterEach
  void close() {
    js.close();
  }

  private void acknowledge(int count) {
    try (JetStreamFixture.Inbox in = js.inbox("in")) {
      for (int i = 0; i < count; i++) {
        js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "in", "1");
        js.publish(String.valueOf(in.take().get(0).reply()), "+ACK");
      }
    }
  }

  /** A way to damage a file. */
  enum Kind {
    MISSING {
      @Override
      void damage(Path file) throws IOException {
        Files.delete(file);
      }
    },
    EMPTY {
      @Override
      void damage(Path file) throws IOException {
        Files.write(file, new byte[0]);
      }
    },
    CUT {
      @Override
      void damage(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(content, content.length / 2));
      }
    },
    BIT {
      @Override
      void damage(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        content[content.length / 3] ^= 4;
        Files.write(file, content);
      }
    },
    ZEROS {
      @Override
      void damage(Path file) throws IOException {
        Files.write(file, new byte[(int) Files.size(file)]);
      }
    },
    ANOTHER {
      @Override
      void damage(Path file) throws IOException {
        Files.writeString(file, "not what it was");
      }
    },
    DOUBLED {
      @Override
      void damage(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        byte[] twice = Arrays.copyOf(content, 2 * content.length);
        System.arraycopy(content, 0, twice, content.length, content.length);
        Files.write(file, twice);
      }
    };

    abstract void damage(Path file) throws IOException;
  }

  private static Map<String, String> files(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path each : found.filter(Files::isRegularFile).toList()) {
        contents.put(
            directory.relativize(each).toString(), Arrays.toString(Files.readAllBytes(each)));
      }
    }
    return contents;
  }

  private List<String> streams() {
    return js.require("STREAM.NAMES", "").strings("streams");
  }

  private String state(JsonObject response) {
    JsonObject state = response.object("state");
    assertThat(state).isNotNull();
    return state.integer("messages", -1)
        + " messages, "
        + state.integer("first_seq", -1)
        + "-"
        + state.integer("last_seq", -1);
  }

  private static long delivered(JsonObject info) {
    JsonObject delivered = info.object("delivered");
    assertThat(delivered).isNotNull();
    return delivered.integer("stream_seq", -1);
  }

  private String text(long sequence) {
    JsonObject message =
        js.require("STREAM.MSG.GET.S", "{\"seq\":" + sequence + "}").object("message");
    assertThat(message).isNotNull();
    return new String(Base64.getDecoder().decode(message.string("data", "")), UTF_8);
  }

  @ParameterizedTest
  @EnumSource
  void aStreamComesBackWithItsMessages(Kind kind) throws IOException {
    js.restartAfter(streams -> kind.damage(streams.resolve("S/meta")));
    assertThat(streams()).isEmpty();
    assertThat(js.stored().of("TEST")).containsExactly("S");
    assertThat(js.stored().isThere("TEST", "S")).isFalse();
    JsonObject created = js.require("STREAM.CREATE.S", FILE);
    assertThat(state(created)).isEqualTo("5 messages, 1-5");
    assertThat(text(1)).isEqualTo("m1");
    assertThat(text(5)).isEqualTo("m5");
    assertThat(js.info("S", "C").integer("num_pending", -1)).isEqualTo(3);
    js.publish("s", "m6");
    assertThat(text(6)).isEqualTo("m6");
    js.restart();
    assertThat(state(js.require("STREAM.INFO.S", ""))).isEqualTo("6 messages, 1-6");
    assertThat(js.info("S", "C").integer("num_pending", -1)).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource
  void aConsumerComesBackWithItsState(Kind kind) throws IOException {
    js.restartAfter(streams -> kind.damage(streams.resolve("S/consumers/C/meta")));
    assertThat(js.require("CONSUMER.NAMES.S", "").strings("consumers")).isEmpty();
    assertThat(js.stored().unrecovered("TEST", "S")).containsExactly("C");
    js.consumer("S", "C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
    assertThat(js.stored().unrecovered("TEST", "S")).isEmpty();
    JsonObject info = js.info("S", "C");
    assertThat(info.integer("num_pending", -1)).isEqualTo(3);
    JsonObject floor = info.object("ack_floor");
    assertThat(floor).isNotNull();
    assertThat(floor.integer("stream_seq", -1)).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsDeletedBeforeItIsCreatedAgain(Kind kind) throws Exception {
    Map<String, String> before = new TreeMap<>();
    js.restartAfter(
        streams -> {
          kind.damage(streams.resolve("S/meta"));
          Files.writeString(streams.resolve("S/msgs/notes.txt"), "not ours");
          Files.writeString(streams.resolve("S/msgs/notes.tmp"), "not ours");
          Files.writeString(streams.resolve("notes.txt"), "not ours");
          Files.createDirectories(streams.resolveSibling("restores/photos"));
          Files.writeString(streams.resolveSibling("restores/photos/me.jpg"), "not ours");
          before.putAll(files(streams.getParent()));
        });
    js.restartAfter(streams -> assertThat(files(streams.getParent())).isEqualTo(before));
    js.require("STREAM.CREATE.S", FILE);
    js.restartAfter(
        streams -> {
          assertThat(files(streams.getParent()))
              .containsKeys(
                  "streams/S/msgs/notes.txt",
                  "streams/S/msgs/notes.tmp",
                  "streams/notes.txt",
                  "restores/photos/me.jpg");
        });
    assertThat(state(js.require("STREAM.INFO.S", ""))).isEqualTo("5 messages, 1-5");
  }

  @Test
  void anotherConfigurationTakesTheMessagesItsLimitsLeave() throws IOException {
    js.restartAfter(streams -> Files.delete(streams.resolve("S/meta")));
    JsonObject created =
        js.require(
            "STREAM.CREATE.S",
            "{\"name\":\"S\",\"subjects\":[\"t\"],\"storage\":\"file\",\"max_msgs\":2}");
    assertThat(state(created)).isEqualTo("2 messages, 4-5");
    js.publish("t", "m6");
    assertThat(state(js.require("STREAM.INFO.S", ""))).isEqualTo("2 messages, 5-6");
  }

  @Test
  void aStreamInMemoryLeavesTheFilesAlone() throws IOException {
    js.restartAfter(streams -> Files.delete(streams.resolve("S/meta")));
    js.stream("S", "\"subjects\":[\"s\"]");
    assertThat(state(js.require("STREAM.INFO.S", ""))).isEqualTo("0 messages, 0-0");
    js.require("STREAM.DELETE.S", "");
    js.restart();
    assertThat(state(js.require("STREAM.CREATE.S", FILE))).isEqualTo("5 messages, 1-5");
  }

  @Test
  void aConsumerWhoseStateIsLostPassesOverNothing() throws IOException {
    js.consumer("S", "N", "\"durable_name\":\"N\",\"deliver_policy\":\"new\"");
    js.publish("s", "m6");
    js.restartAfter(streams -> Files.delete(streams.resolve("S/consumers/N/state")));
    assertThat(js.info("S", "N").integer("num_pending", -1)).isEqualTo(1);
  }

  @Test
  void aDamagedAcknowledgementTakesNoOtherWithIt() throws IOException {
    for (int i = 6; i <= 40; i++) {
      js.publish("s", "m" + i);
    }
    acknowledge(30);
    JsonObject before = js.info("S", "C");
    assertThat(before.integer("num_pending", -1)).isEqualTo(8);
    js.restartAfter(
        streams -> {
          Path state = streams.resolve("S/consumers/C/state");
          byte[] content = Files.readAllBytes(state);
          content[content.length / 2] ^= 1;
          Files.write(state, content);
        });
    JsonObject info = js.info("S", "C");
    assertThat(info.integer("num_pending", -1)).isEqualTo(8);
    assertThat(info.integer("num_ack_pending", -1)).isLessThanOrEqualTo(1);
    assertThat(delivered(info)).isEqualTo(delivered(before)).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void aConsumerWithADamagedStateGetsEveryMessageItHasNotAcknowledged(Kind kind)
      throws IOException {
    js.restartAfter(streams -> kind.damage(streams.resolve("S/consumers/C/state")));
    js.advance(Duration.ofMinutes(1));
    List<String> got = new ArrayList<>();
    try (JetStreamFixture.Inbox in = js.inbox("in")) {
      js.publish("$JS.API.CONSUMER.MSG.NEXT.S.C", "in", "{\"batch\":10,\"no_wait\":true}");
      got.addAll(in.texts());
    }
    assertThat(got).contains("m3", "m4", "m5");
  }

  @Test
  void noSequenceThatAConsumerHasGotIsGivenOutAgain() throws IOException {
    js.restartAfter(
        streams -> {
          try (Stream<Path> files = Files.list(streams.resolve("S/msgs"))) {
            for (Path each : files.toList()) {
              Files.delete(each);
            }
          }
        });
    js.publish("s", "new");
    assertThat(text(3)).isEqualTo("new");
    assertThat(js.info("S", "C").integer("num_pending", -1)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aStreamGoesOnBehindALostSegment(Kind kind) throws IOException {
    js.restartAfter(streams -> kind.damage(streams.resolve("S/msgs/0000000001.seg")));
    JsonObject state = js.require("STREAM.INFO.S", "").object("state");
    assertThat(state).isNotNull();
    assertThat(state.integer("last_seq", -1)).isEqualTo(5);
    if (state.integer("messages", -1) < 5) {
      JsonObject lost = state.object("lost");
      assertThat(lost).isNotNull();
      assertThat(lost.integers("msgs")).hasSize((int) (5 - state.integer("messages", -1)));
    }
    js.publish("s", "m6");
    assertThat(text(6)).isEqualTo("m6");
  }

  @ParameterizedTest
  @EnumSource
  void theManifestIsNotNeeded(Kind kind) throws IOException {
    js.restartAfter(streams -> kind.damage(streams.resolve("S/msgs/manifest")));
    assertThat(state(js.require("STREAM.INFO.S", ""))).isEqualTo("5 messages, 1-5");
    js.publish("s", "m6");
    assertThat(text(6)).isEqualTo("m6");
  }

  @Test
  void whatIsDeletedStaysDeleted() throws IOException {
    js.require("CONSUMER.DELETE.S.C", "");
    js.consumer("S", "C", "\"durable_name\":\"C\",\"ack_policy\":\"explicit\"");
    assertThat(js.info("S", "C").integer("num_pending", -1)).isEqualTo(5);
    js.require("STREAM.DELETE.S", "");
    js.restartAfter(streams -> assertThat(files(streams)).isEmpty());
    assertThat(state(js.require("STREAM.CREATE.S", FILE))).isEqualTo("0 messages, 0-0");
    assertThat(js.require("CONSUMER.NAMES.S", "").strings("consumers")).isEmpty();
  }
}
