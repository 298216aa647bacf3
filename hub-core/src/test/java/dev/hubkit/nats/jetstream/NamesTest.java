package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * JetStream answers requests with any name, and keeps its files where they belong, whatever the
 * file system does with the name.
 */
class NamesTest {
  @TempDir Path directory;

  private static String subject(String prefix, OddNames.Name name) {
    return prefix + new String(name.bytes(), StandardCharsets.UTF_8);
  }

  private static List<String> streams(JetStreamFixture fixture) {
    return fixture.require("STREAM.NAMES", "").strings("streams");
  }

  @Test
  void requestsAfterOneWithAnOddNameAreAnswered() {
    try (JetStreamFixture fixture = new JetStreamFixture(directory)) {
      for (OddNames.Name name : OddNames.all()) {
        String config = "{\"name\":" + name.json() + ",\"subjects\":[\"odd\"]}";
        fixture.request(subject("STREAM.CREATE.", name), config);
        fixture.request(subject("STREAM.UPDATE.", name), config);
        fixture.request(subject("STREAM.RESTORE.", name), "{\"config\":" + config + "}");
        fixture.request(subject("STREAM.DELETE.", name), "");
        fixture.stream("LATER", "\"subjects\":[\"later\"]");
        fixture.require("STREAM.DELETE.LATER", "");
      }
      fixture.advance(Duration.ofSeconds(10));
    }
  }

  @Test
  void streamsAndConsumersOfOddNamesAreThereAfterARestart() throws IOException {
    TreeSet<String> kept = new TreeSet<>();
    try (JetStreamFixture fixture = new JetStreamFixture(directory.resolve("store"))) {
      int number = 0;
      for (OddNames.Name name : OddNames.all()) {
        JsonObject created =
            fixture.request(
                subject("STREAM.CREATE.", name),
                "{\"name\":" + name.json() + ",\"subjects\":[\"n." + number + "\"]}");
        if (JetStreamFixture.error(created).isEmpty()) {
          fixture.publish("n." + number, "kept");
          kept.add(created.object("config").string("name", ""));
          assertThat(
                  JetStreamFixture.error(
                      fixture.request(
                          subject("CONSUMER.DURABLE.CREATE.", name) + "." + string(name),
                          "{\"stream_name\":"
                              + name.json()
                              + ",\"config\":{\"durable_name\":"
                              + name.json()
                              + ",\"ack_policy\":\"explicit\"}}")))
              .isEmpty();
        }
        number++;
      }
      assertThat(kept).hasSizeGreaterThan(60);
      fixture.restart();
      assertThat(streams(fixture)).containsExactlyElementsOf(kept);
      for (String name : kept) {
        assertThat(
                fixture.require("STREAM.INFO." + name, "").object("state").integer("messages", 0))
            .as("messages of %s", name)
            .isEqualTo(1);
        assertThat(fixture.info(name, name).string("name", "")).isEqualTo(name);
      }
      for (String name : kept) {
        fixture.require("STREAM.DELETE." + name, "");
      }
      fixture.restart();
      assertThat(streams(fixture)).isEmpty();
    }
    try (Stream<Path> beside = Files.list(directory)) {
      assertThat(beside).containsExactly(directory.resolve("store"));
    }
  }

  private static String string(OddNames.Name name) {
    return new String(name.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  void oneWithMoreConsumersThanOneOfANameIsAnswered() {
    try (JetStreamFixture fixture = new JetStreamFixture(directory)) {
      fixture.require("STREAM.CREATE.S", "{\"name\":\"S\",\"subjects\":[\"s\"]}");
      for (OddNames.Name name : OddNames.all()) {
        fixture.request(
            subject("CONSUMER.CREATE.S.", name),
            "{\"stream_name\":\"S\",\"config\":{\"ack_policy\":\"explicit\",\"name\":"
                + name.json()
                + "}}");
        fixture.consumer("S", "later", "\"ack_policy\":\"explicit\"");
        fixture.require("CONSUMER.DELETE.S.later", "");
      }
    }
  }

  @Test
  void bodiesThatAreNoJsonAreAnswered() {
    try (JetStreamFixture fixture = new JetStreamFixture(directory)) {
      for (String body : List.of("{\0\0\0", "\0\0\0{", "\ufeff{}", "\0{", "{\"name\":\"\0\"}")) {
        JsonObject answer = fixture.request("STREAM.CREATE.S", body);
        assertThat(JetStreamFixture.error(answer)).as(body).contains("invalid JSON");
      }
    }
  }

  @Test
  void accountsKeepTheirFilesInTheStore() throws Exception {
    String config =
        """
        jetstream { store_dir: "$STORE/deep/er" }
        accounts {
          "../../up": { jetstream: enabled, users: [ { user: a, password: a } ] }
          "/tmp/hub-absolute": { jetstream: enabled, users: [ { user: b, password: b } ] }
          "x/y": { jetstream: enabled, users: [ { user: c, password: c } ] }
          "..": { jetstream: enabled, users: [ { user: d, password: d } ] }
          "sp ace.": { jetstream: enabled, users: [ { user: e, password: e } ] }
          "\u00fcber": { jetstream: enabled, users: [ { user: f, password: f } ] }
        }
        """;
    for (int start = 0; start < 2; start++) {
      try (NatsServer server = PeerServers.start(directory, "hub", config)) {
        for (String user : List.of("a", "b", "c", "d", "e", "f")) {
          Options options =
              Options.builder()
                  .server(server.clientUrl())
                  .userInfo(user, user)
                  .connectionTimeout(Duration.ofSeconds(20))
                  .build();
          try (Connection connection = Nats.connect(options)) {
            JetStreamManagement streams = connection.jetStreamManagement();
            if (start == 0) {
              streams.addStream(
                  StreamConfiguration.builder().name("S-" + user).subjects(user).build());
              connection.jetStream().publish(user, new byte[] {1});
            }
            assertThat(streams.getStreamNames()).containsExactly("S-" + user);
            assertThat(streams.getStreamInfo("S-" + user).getStreamState().getMsgCount())
                .isEqualTo(1);
          }
        }
      }
    }
    Path store = directory.resolve("hub-store").resolve("deep").resolve("er").resolve("jetstream");
    try (Stream<Path> accounts = Files.list(store)) {
      assertThat(accounts).hasSize(6);
    }
    try (Stream<Path> deep = Files.list(store.getParent().getParent())) {
      assertThat(deep).containsExactly(store.getParent());
    }
    assertThat(Path.of("/tmp/hub-absolute")).doesNotExist();
  }
}
