package dev.hubkit.nats.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.jetstream.store.FaultyFileSystem;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams and consumers report the same after a crash as before it. */
class CrashStateTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final List<String> CONSUMERS = List.of("ALL", "SOME", "LATE", "LIMITED");
  // Consumers keep these fields for one life of the server only, as in the real nats-server.
  private static final Pattern OF_ONE_LIFE = Pattern.compile(",?\"(ts|last_active)\":\"[^\"]*\"");

  @TempDir Path directory;
  private final FaultyFileSystem faults = new FaultyFileSystem();
  private NatsServer server;
  private Connection connection;
  private Subscription inbox;
  private final List<Message> held = new ArrayList<>();

  private void start() throws Exception {
    server =
        NatsServer.start(
            NatsOptions.builder()
                .port(0)
                .serverName("S")
                .jetStream(directory)
                .diskFaults(faults)
                .build());
    connection =
        Nats.connect(new Options.Builder().server(server.clientUrl()).noReconnect().build());
    inbox = connection.subscribe(connection.createInbox());
  }

  private void crash() throws Exception {
    server.crash(false);
    connection.close();
    held.clear();
  }

  private JsonObject ask(String subject, String body) throws Exception {
    Message answer = connection.request(subject, body.getBytes(UTF_8), PATIENCE);
    assertThat(answer).as("%s %s", subject, body).isNotNull();
    return Json.parseObject(answer.getData());
  }

  private JsonObject api(String what, String body) throws Exception {
    JsonObject answer = ask("$JS.API." + what, body);
    assertThat(answer.object("error")).as("%s %s", what, body).isNull();
    return answer;
  }

  /** Returns the reports of the stream and its consumers, without the fields of one life. */
  private Map<String, String> report() throws Exception {
    assertThat(server.awaitQuiet(PATIENCE)).isTrue();
    Map<String, String> report = new TreeMap<>();
    report.put("S", tell("STREAM.INFO.S", "{\"deleted_details\":true,\"subjects_filter\":\">\"}"));
    for (String name : CONSUMERS) {
      report.put(name, tell("CONSUMER.INFO.S." + name, ""));
    }
    return report;
  }

  private String tell(String what, String body) throws Exception {
    Message answer = connection.request("$JS.API." + what, body.getBytes(UTF_8), PATIENCE);
    String text = new String(answer.getData(), UTF_8);
    assertThat(text).doesNotContain("\"error\"");
    return OF_ONE_LIFE.matcher(text).replaceAll("");
  }

  private void create(String more) throws Exception {
    api(
        "STREAM.CREATE.S",
        "{\"name\":\"S\",\"subjects\":[\"s.>\"],\"storage\":\"file\",\"num_replicas\":1,"
            + more
            + "}");
    consumer("ALL", "\"ack_policy\":\"explicit\"");
    consumer("SOME", "\"ack_policy\":\"explicit\",\"filter_subjects\":[\"s.1\",\"s.2\"]");
    consumer("LATE", "\"ack_policy\":\"all\",\"max_ack_pending\":7");
    consumer("LIMITED", "\"ack_policy\":\"explicit\",\"max_deliver\":2,\"filter_subject\":\"s.3\"");
  }

  private void consumer(String name, String more) throws Exception {
    api(
        "CONSUMER.DURABLE.CREATE.S." + name,
        "{\"stream_name\":\"S\",\"config\":{\"durable_name\":\""
            + name
            + "\",\"ack_wait\":3600000000000,"
            + more
            + "}}");
  }

  private void act(Random random) throws Exception {
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> {
        for (int i = random.nextInt(6); i >= 0; i--) {
          ask("s." + random.nextInt(4), "x".repeat(random.nextInt(50)));
        }
      }
      case 3, 4 -> fetch(CONSUMERS.get(random.nextInt(CONSUMERS.size())), 1 + random.nextInt(5));
      case 5, 6, 7 -> answer(random);
      case 8 -> {
        JsonObject state = api("STREAM.INFO.S", "").object("state");
        long last = state == null ? 0 : state.integer("last_seq", 0);
        String request = "{\"seq\":" + (1 + random.nextInt((int) last + 1));
        ask("$JS.API.STREAM.MSG.DELETE.S", request + ",\"no_erase\":" + random.nextBoolean() + "}");
      }
      default -> {
        String what = random.nextInt(4) == 0 ? "{}" : "{\"filter\":\"s.1\",\"keep\":2}";
        api("STREAM.PURGE.S", what);
      }
    }
  }

  private void fetch(String consumer, int count) throws Exception {
    connection.publish(
        "$JS.API.CONSUMER.MSG.NEXT.S." + consumer,
        inbox.getSubject(),
        ("{\"batch\":" + count + ",\"expires\":10000000}").getBytes(UTF_8));
    for (int i = 0; i < count; i++) {
      Message message = inbox.nextMessage(PATIENCE);
      assertThat(message).isNotNull();
      if (message.getStatus() != null) {
        return;
      }
      held.add(message);
    }
  }

  private void answer(Random random) throws Exception {
    if (held.isEmpty()) {
      return;
    }
    Message message = held.remove(random.nextInt(held.size()));
    String[] answers = {"+ACK", "+ACK", "-NAK", "+TERM", "+WPI", "-NAK {\"delay\":3600000000000}"};
    byte[] answer = answers[random.nextInt(answers.length)].getBytes(UTF_8);
    assertThat(connection.request(message.getReplyTo(), answer, PATIENCE)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "1, '\"retention\":\"limits\"'",
    "2, '\"retention\":\"interest\"'",
    "3, '\"retention\":\"limits\",\"max_msgs\":20'",
    "4, '\"retention\":\"limits\",\"max_msgs_per_subject\":3'",
    "5, '\"retention\":\"limits\",\"compression\":\"s2\",\"discard\":\"new\",\"max_msgs\":60'"
  })
  void reportsAfterACrashWhatItDidBefore(long seed, String config) throws Exception {
    Random random = new Random(seed);
    start();
    create(config);
    for (int life = 0; life < 3; life++) {
      for (int step = 5 + random.nextInt(40); step > 0; step--) {
        act(random);
      }
      Map<String, String> before = report();
      crash();
      start();
      assertThat(report()).as("life %s", life).isEqualTo(before);
    }
    connection.close();
    server.close();
  }
}
