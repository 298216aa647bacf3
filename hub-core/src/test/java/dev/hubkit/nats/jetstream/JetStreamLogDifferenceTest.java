package dev.hubkit.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.ComparedWithNatsServer;
import dev.hubkit.nats.PeerServers;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Subscription;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of streams that are backed up, restored and recovered, the log tells what nats-server does. */
@ComparedWithNatsServer
class JetStreamLogDifferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Logger LOGGER = Logger.getLogger("dev.hubkit.nats.jetstream");

  // No other test has a stream of that name, whose lines this one would see.
  private static final String NAME = "LOGGED";

  private static final String CONFIG =
      """
      jetstream { store_dir: "$STORE", max_mem: 64M, max_file: 128M }
      accounts { A { jetstream: enabled, users: [{user: a, password: a}] } }
      """;

  private final Queue<String> logged = new ConcurrentLinkedQueue<>();
  private final Handler handler = new Recorder();

  @TempDir private Path directory;

  private final class Recorder extends Handler {
    @Override
    public void publish(LogRecord line) {
      logged.add(line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
  }

  @AfterEach
  void stopListening() {
    LOGGER.removeHandler(handler);
  }

  private static byte[] ask(Connection connection, String subject, byte[] body) throws Exception {
    return Objects.requireNonNull(connection.request(subject, body, PATIENCE)).getData();
  }

  private static JsonObject api(Connection connection, String request, String body)
      throws Exception {
    JsonObject answer =
        Json.parseObject(
            new String(ask(connection, "$JS.API." + request, body.getBytes(UTF_8)), UTF_8));
    assertThat(answer.object("error")).isNull();
    return answer;
  }

  private static void work(int port) throws Exception {
    try (Connection a = Nats.connect("nats://a:a@127.0.0.1:" + port)) {
      api(a, "STREAM.CREATE." + NAME, "{\"name\":\"" + NAME + "\",\"subjects\":[\"logged\"]}");
      api(
          a,
          "CONSUMER.CREATE." + NAME + ".c",
          "{\"stream_name\":\""
              + NAME
              + "\",\"config\":{\"name\":\"c\",\"durable_name\":\"c\",\"ack_policy\":\"explicit\"}}");
      for (int i = 0; i < 3; i++) {
        ask(a, "logged", "hello".getBytes(UTF_8));
      }
      Subscription chunks = a.subscribe("chunks");
      JsonObject snapshot = api(a, "STREAM.SNAPSHOT." + NAME, "{\"deliver_subject\":\"chunks\"}");
      ByteArrayOutputStream archive = new ByteArrayOutputStream();
      for (Message chunk = chunks.nextMessage(PATIENCE);
          chunk.getData().length > 0;
          chunk = chunks.nextMessage(PATIENCE)) {
        archive.write(chunk.getData());
        if (chunk.getReplyTo() != null) {
          a.publish(chunk.getReplyTo(), new byte[0]);
        }
      }
      api(a, "STREAM.DELETE." + NAME, "");
      JsonWriter order = JsonWriter.compact().beginObject();
      order.any("config", snapshot.object("config"));
      order.any("state", snapshot.object("state"));
      String deliver =
          api(a, "STREAM.RESTORE." + NAME, new String(order.endObject().toBytes(), UTF_8))
              .string("deliver_subject", "");
      ask(a, deliver, archive.toByteArray());
      ask(a, deliver, new byte[0]);
    }
  }

  private List<String> real() throws Exception {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("real/nats-server.log"))) {
      if (line.contains(NAME)) {
        lines.add(plain(line.replaceFirst("^.*?\\[(INF|WRN|ERR)] ", "")));
      }
    }
    return lines;
  }

  private List<String> hub() {
    return logged.stream()
        .filter(line -> line.contains(NAME))
        .map(JetStreamLogDifferenceTest::plain)
        .toList();
  }

  // Each server has archives of its own size.
  private static String plain(String line) {
    return line.replaceFirst("restore of \\d+ B", "restore of bytes")
        .replaceFirst(" in [0-9.]+(ns|µs|ms|s)$", " in time");
  }

  @Test
  void tellsOfBackupsAndRecoveryAsTheRealServer() throws Exception {
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      work(servers.real().port());
      work(servers.ours().port());
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(hub()).isEqualTo(real()).hasSize(4));
    }
    logged.clear();
    try (PeerServers servers = PeerServers.start(directory, CONFIG)) {
      assertThat(servers.ours().port()).isPositive();
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(hub()).isEqualTo(real()).hasSize(3));
    }
  }
}
