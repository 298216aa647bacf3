package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.config.ServerFlags;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The option {@code accept_replicas}, which nats-server does not have. */
class AcceptReplicasOptionTest {
  @TempDir Path directory;

  private Path config(String more) throws Exception {
    return Files.writeString(
        directory.resolve("nats.conf"),
        "listen: \"127.0.0.1:-1\"\nserver_name: alone\njetstream { store_dir: \""
            + directory.resolve("store")
            + "\" }\n"
            + more);
  }

  private static String ask(Connection nats, String subject, String body) throws Exception {
    return new String(
        nats.request("$JS.API." + subject, body.getBytes(UTF_8), Duration.ofSeconds(20)).getData(),
        UTF_8);
  }

  @Test
  void isReadFromFilesAndFlags() throws Exception {
    String file = config("").toString();
    assertThat(ServerFlags.parse(List.of("-c", file)).config().get(Options.ACCEPT_REPLICAS))
        .isFalse();
    assertThat(
            ServerFlags.parse(List.of("--accept_replicas", "-c", file))
                .config()
                .get(Options.ACCEPT_REPLICAS))
        .isTrue();
  }

  @Test
  void keepsReplicatedStreamsAcrossARestart() throws Exception {
    NatsOptions options =
        NatsOptions.of(ConfigFile.read(config("accept_replicas: true").toString(), System::getenv));
    String stream = "{\"name\":\"S\",\"subjects\":[\"s\"],\"num_replicas\":3}";
    String group;
    try (NatsServer server = NatsServer.start(options);
        Connection nats = Nats.connect("nats://127.0.0.1:" + server.port())) {
      group = cluster(ask(nats, "STREAM.CREATE.S", stream));
      assertThat(group)
          .startsWith("{\"name\":\"alone\",\"raft_group\":\"S-R3F-")
          .contains(
              "\"leader\":\"alone\",\"leader_since\":",
              "{\"name\":\"alone-2\",\"current\":true,\"active\":0,\"peer\":",
              "{\"name\":\"alone-3\",");
      assertThat(ask(nats, "STREAM.CREATE.T", "{\"name\":\"T\",\"num_replicas\":6}"))
          .contains("maximum replicas is 5");
      assertThat(
              ask(
                  nats,
                  "CONSUMER.CREATE.S.c",
                  "{\"stream_name\":\"S\",\"config\":{\"name\":\"c\",\"num_replicas\":5}}"))
          .contains("\"err_code\":10126");
    }
    try (NatsServer server = NatsServer.start(options);
        Connection nats = Nats.connect("nats://127.0.0.1:" + server.port())) {
      assertThat(cluster(ask(nats, "STREAM.INFO.S", ""))).isEqualTo(group);
      assertThat(cluster(ask(nats, "STREAM.LIST", ""))).isEqualTo(group);
    }
    // Without the option, what is there stays.
    NatsOptions without = options.toBuilder().acceptReplicas(false).build();
    try (NatsServer server = NatsServer.start(without);
        Connection nats = Nats.connect("nats://127.0.0.1:" + server.port())) {
      assertThat(ask(nats, "STREAM.INFO.S", ""))
          .contains("\"num_replicas\":3", "\"cluster\":{\"leader\":\"alone\"}");
      assertThat(ask(nats, "STREAM.CREATE.T", "{\"name\":\"T\",\"num_replicas\":3}"))
          .contains("\"err_code\":10074");
    }
  }

  private static String cluster(String answer) {
    int begin = answer.indexOf("\"cluster\":") + "\"cluster\":".length();
    return answer.substring(begin, answer.indexOf(']', begin) + 2);
  }
}
